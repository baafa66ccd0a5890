// A hand that moves faster than frames, and the wire that brings them: one at a time, the latest wins.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Hand, Wire } from "../../pages/ui/live/wire.js";
import { drivenFrames, FakeSocket, listening } from "./page.js";

let frames;
beforeEach(() => (frames = drivenFrames()));

// -------------------------------------------------------------- the hand

const handed = () => {
  const send = mock.fn();
  return [new Hand(send), () => send.mock.calls.map((call) => call.arguments[0])];
};

test("a hand sends nothing before the next animation frame", () => {
  const [hand, sent] = handed();
  hand.wish({ noise: 0.1 });
  assert.deepEqual(sent(), []);
});

test("of all that a hand wishes in one frame the latest values are sent, in one message", async () => {
  const [hand, sent] = handed();
  hand.wish({ noise: 0.1 });
  hand.wish({ noise: 0.2, seed: 3 });
  hand.wish({ noise: 0.3 });
  assert.equal(frames.asked.length, 1);
  await frames.frame();
  assert.deepEqual(sent(), [{ noise: 0.3, seed: 3 }]);
});

test("a wish after the frame is a message of its own, without what was sent", async () => {
  const [hand, sent] = handed();
  hand.wish({ noise: 0.1 });
  await frames.frame();
  hand.wish({ seed: 3 });
  await frames.frame();
  await frames.frame();
  assert.deepEqual(sent(), [{ noise: 0.1 }, { seed: 3 }]);
});

test("a wish that is made while the last is sent waits for the next frame", async () => {
  const sent = [];
  const hand = new Hand((wishes) => {
    sent.push(wishes);
    if (sent.length === 1) hand.wish({ seed: 3 });
  });
  hand.wish({ noise: 0.1 });
  await frames.frame();
  assert.deepEqual(sent, [{ noise: 0.1 }]);
  await frames.frame();
  assert.deepEqual(sent, [{ noise: 0.1 }, { seed: 3 }]);
});

test("a slider is held from its first move until it is let go or left", () => {
  const [hand, follow, rest, input] = [new Hand(() => {}), mock.fn(), mock.fn(), {}];
  hand.bind(input, "noise", follow, rest);
  assert.equal(hand.holds, null);
  input.oninput();
  assert.equal(hand.holds, "noise");
  input.onchange();
  assert.equal(hand.holds, null);
  input.oninput();
  input.onblur();
  assert.equal(hand.holds, null);
  assert.deepEqual([follow.mock.callCount(), rest.mock.callCount()], [2, 1]);
});

// -------------------------------------------------------------- the wire

// A frame of which only the epoch is known.
function frame(epoch) {
  const header = new TextEncoder().encode(JSON.stringify({ epoch, blobs: [] }));
  const bytes = new Uint8Array(4 + header.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  return { data: bytes.buffer };
}

// A wire whose socket is open; `drawn` are the epochs, a drawing ends when `finish()` is called.
async function wired() {
  const script = {};
  Object.assign(globalThis, {
    WebSocket: FakeSocket,
    location: { href: "http://school.example/nn/?x=1" },
    window: { Plotly: {} },
    document: listening({ createElement: () => script, head: { append: () => script.onload?.() } }),
  });
  const [drawn, finishers] = [[], []];
  const wire = new Wire({
    opened: () => {},
    say: () => {},
    draw: ({ header }) => new Promise((resolve) => {
      drawn.push(header.epoch);
      finishers.push(resolve);
    }),
  });
  wire.connect({ base: "/nn", token: "a b", plotly: "plotly.js" });
  const socket = FakeSocket.made.at(-1);
  socket.open();
  return { wire, socket, drawn, finish: () => finishers.pop()() };
}

test("the socket is below the base path, and the token is no part of its address", async () => {
  const { socket } = await wired();
  assert.equal(socket.url, "ws://school.example/nn/live");
  assert.deepEqual(socket.protocols, ["playground", "a b"]);
});

test("of the frames that come while one is drawn only the latest is drawn", async () => {
  const { socket, drawn, finish } = await wired();
  socket.onmessage(frame(1));
  const first = frames.frame();
  for (const epoch of [2, 3, 4]) socket.onmessage(frame(epoch));
  assert.equal(frames.asked.length, 0);
  finish();
  await first;
  frames.frame();
  assert.deepEqual(drawn, [1, 4]);
});

test("the server hears of every frame that is drawn, and of no other", async () => {
  const { socket, finish } = await wired();
  socket.onmessage(frame(1));
  const first = frames.frame();
  socket.onmessage(frame(2));
  socket.onmessage(frame(3));
  finish();
  await first;
  frames.frame();
  assert.deepEqual(socket.sent, [{ drawn: null }, { drawn: null }]);
});

test("a wire that is closed draws nothing more", async () => {
  const { wire, socket, drawn } = await wired();
  socket.onmessage(frame(1));
  wire.close();
  await frames.frame();
  assert.deepEqual(drawn, []);
});

test("what is sent before the socket is open is not kept", async () => {
  const { wire, socket } = await wired();
  socket.readyState = 0;
  wire.send("play");
  socket.readyState = FakeSocket.OPEN;
  wire.send("pause");
  assert.deepEqual(socket.sent, [{ pause: null }]);
});
