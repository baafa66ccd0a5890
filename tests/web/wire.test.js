// The wire that brings frames: one at a time, the latest wins.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Wire } from "../../pages/ui/live/wire.js";
import { drivenFrames, FakeSocket, listening } from "./page.js";

const TABLE = { keys: ["blobs", "heard", "fault", "epoch"], forms: {}, several: [] };

let frames;
beforeEach(() => (frames = drivenFrames()));

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
  const [drawn, finishers, failers] = [[], [], []];
  const wire = new Wire({
    opened: () => {},
    say: () => {},
    draw: ({ header }) => new Promise((resolve, reject) => {
      drawn.push(header.epoch);
      finishers.push(resolve);
      failers.push(reject);
    }),
  });
  wire.connect({ base: "/nn", token: "a b", plotly: "plotly.js", protocol: TABLE });
  const socket = FakeSocket.made.at(-1);
  socket.open();
  return { wire, socket, drawn, finish: () => finishers.pop()(), fail: (error) => failers.pop()(error) };
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

test("a frame that cannot be drawn does not stop those after it", async () => {
  const { socket, drawn, fail } = await wired();
  socket.onmessage(frame(1));
  const first = frames.frame();
  socket.onmessage(frame(2));
  fail(new Error("no such element"));
  await assert.rejects(first, /no such element/);
  frames.frame();
  assert.deepEqual(drawn, [1, 2]);
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

test("messages are numbered as the server counts them: without beats and what answers a frame", async () => {
  const { wire, socket } = await wired();
  const numbers = ["set", "drawn", "beat", "visit"].map((verb) => wire.send(verb));
  assert.deepEqual(numbers, [1, 0, 0, 2]);
  socket.close();
  assert.equal(wire.send("set"), 0);
});

test("over a new socket messages are numbered anew", async () => {
  const { wire, socket } = await wired();
  wire.send("set");
  socket.onopen();
  assert.equal(wire.send("set"), 1);
});
