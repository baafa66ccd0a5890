// What is dragged: one message in an animation frame, with the latest values.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { DragSender } from "../../pages/ui/live/drag_sender.js";
import { drivenFrames } from "./page.js";

let frames;
beforeEach(() => (frames = drivenFrames()));

const dragged = () => {
  const send = mock.fn();
  return [new DragSender(send), () => send.mock.calls.map((call) => call.arguments[0])];
};

test("what is dragged sends nothing before the next animation frame", () => {
  const [drags, sent] = dragged();
  drags.wish({ noise: 0.1 });
  assert.deepEqual(sent(), []);
});

test("of all that is dragged in one frame the latest values are sent, in one message", async () => {
  const [drags, sent] = dragged();
  drags.wish({ noise: 0.1 });
  drags.wish({ noise: 0.2, seed: 3 });
  drags.wish({ noise: 0.3 });
  assert.equal(frames.asked.length, 1);
  await frames.frame();
  assert.deepEqual(sent(), [{ noise: 0.3, seed: 3 }]);
});

test("what is dragged after the frame is a message of its own, without what was sent", async () => {
  const [drags, sent] = dragged();
  drags.wish({ noise: 0.1 });
  await frames.frame();
  drags.wish({ seed: 3 });
  await frames.frame();
  await frames.frame();
  assert.deepEqual(sent(), [{ noise: 0.1 }, { seed: 3 }]);
});

test("what is dragged while the last is sent waits for the next frame", async () => {
  const sent = [];
  const drags = new DragSender((wishes) => {
    sent.push(wishes);
    if (sent.length === 1) drags.wish({ seed: 3 });
  });
  drags.wish({ noise: 0.1 });
  await frames.frame();
  assert.deepEqual(sent, [{ noise: 0.1 }]);
  await frames.frame();
  assert.deepEqual(sent, [{ noise: 0.1 }, { seed: 3 }]);
});

test("a slider is held from its first move until it is let go or left", () => {
  const [drags, follow, rest, input] = [new DragSender(() => {}), mock.fn(), mock.fn(), {}];
  drags.bind(input, "noise", follow, rest);
  assert.equal(drags.hand, null);
  input.oninput();
  assert.equal(drags.hand, "noise");
  input.onchange();
  assert.equal(drags.hand, null);
  input.oninput();
  input.onblur();
  assert.equal(drags.hand, null);
  assert.deepEqual([follow.mock.callCount(), rest.mock.callCount()], [2, 1]);
});

test("on a fast monitor there are never less than 8 ms between two messages", () => {
  const [drags, sent] = dragged();
  const asked = [];
  globalThis.requestAnimationFrame = (action) => asked.push(action);
  for (const now of [100, 104, 108]) {
    drags.wish({ at: now });
    for (const action of asked.splice(0)) action(now);
  }
  assert.deepEqual(sent(), [{ at: 100 }, { at: 108 }]);
});

// -------------------------------------------------------------- what no frame knows yet

// Every message is the next number.
const numbered = () => {
  let number = 0;
  return new DragSender(() => ++number);
};

test("what was wished is ahead until a frame has heard its message", async () => {
  const drags = numbered();
  drags.wish({ noise: 0.1 });
  assert.deepEqual(drags.ahead, { noise: 0.1 });
  await frames.frame();
  assert.deepEqual(drags.ahead, { noise: 0.1 });
  assert.equal(drags.settle(0), false);
  assert.equal(drags.holds("noise"), true);
  assert.equal(drags.settle(1), true);
  assert.deepEqual(drags.ahead, {});
  assert.equal(drags.holds("noise"), false);
});

test("a frame that knows an earlier message of the same name leaves the latest ahead", async () => {
  const drags = numbered();
  for (const noise of [0.1, 0.2]) {
    drags.wish({ noise });
    await frames.frame();
  }
  drags.settle(1);
  assert.deepEqual(drags.ahead, { noise: 0.2 });
});

test("what waits for the next animation frame counts before what was sent", async () => {
  const drags = numbered();
  drags.wish({ noise: 0.1, seed: 2 });
  await frames.frame();
  drags.wish({ noise: 0.3 });
  assert.deepEqual(drags.ahead, { noise: 0.3, seed: 2 });
});

test("what is lost on a closed socket is not ahead: the next frame counts", async () => {
  const drags = new DragSender(() => 0);
  drags.wish({ noise: 0.1 });
  await frames.frame();
  assert.deepEqual(drags.ahead, {});
});

test("over a new socket nothing is ahead", async () => {
  const drags = numbered();
  drags.wish({ noise: 0.1 });
  await frames.frame();
  drags.forget();
  assert.equal(drags.holds("noise"), false);
});
