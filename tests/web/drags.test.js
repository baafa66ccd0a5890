// The geometry of drags: where a pointer is, how far it turns, what value it takes hold of.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { holdSpace } from "../../pages/ui/layers/clouds.js";
import { Pad } from "../../pages/ui/inputs/digits/pad.js";
import { inputWith } from "../../pages/ui/layers/drawings.js";
import { Overlay } from "../../pages/ui/drawing/overlay.js";
import { happened, listening } from "./page.js";

// -------------------------------------------------------------- on a figure

// A figure of 200 x 100 px at (10, 20), its axes from 0 to 1 and from -1 (below) to 1.
function figure() {
  const axis = (offset, length, low, high) => ({
    _offset: offset, _length: length, p2l: (p) => low + ((high - low) * p) / length,
  });
  return {
    _fullLayout: { xaxis: axis(50, 200, 0, 1), yaxis: axis(5, 100, 1, -1) },
    getBoundingClientRect: () => ({ left: 10, top: 20 }),
    setPointerCapture: mock.fn(),
  };
}
const overlay = (on) => Object.assign(Object.create(Overlay.prototype), { figure: on });
const at = (clientX, clientY, more = {}) => happened({ clientX, clientY, button: 0, pointerId: 1, ...more });

for (const [where, x, y, place] of [
  ["the middle", 160, 75, [0.5, 0]],
  ["the upper left corner", 60, 25, [0, 1]],
  ["left of the axes", 0, 75, [0, 0]],
  ["far below on the right", 900, 900, [1, -1]],
]) {
  test(`a pointer in ${where} is at ${place}`, () => assert.deepEqual(overlay(figure()).placeOf(at(x, y)), place));
}

test("a held figure follows from the press to the release, and no longer", () => {
  const [on, follow, rest] = [figure(), mock.fn(), mock.fn()];
  overlay(on).hold(follow, rest);
  on.onpointerdown(at(60, 25));
  on.onpointermove(at(160, 75));
  on.onpointerup();
  assert.deepEqual(follow.mock.calls.map((call) => call.arguments[0]), [[0, 1], [0.5, 0]]);
  assert.equal(rest.mock.callCount(), 1);
  assert.deepEqual([on.onpointermove, on.onpointerup, on.onpointercancel], [null, null, null]);
});

test("another button than the first takes hold of nothing", () => {
  const [on, follow] = [figure(), mock.fn()];
  overlay(on).hold(follow, () => {});
  on.onpointerdown(at(60, 25, { button: 2 }));
  assert.equal(follow.mock.callCount(), 0);
  assert.equal(on.onpointermove, undefined);
});

// -------------------------------------------------------------- space that is turned

// A drag from (0, 0) by these pixels: what turned, whether it rested, whether it was a click.
function dragged(dx, dy, { turn = 0, tilt = 90, isSpace = true } = {}) {
  const canvas = listening({ setPointerCapture: () => {} });
  const [turned, rest, clicked] = [mock.fn(), mock.fn(), mock.fn()];
  holdSpace(canvas, { camera: () => ({ turn, tilt }), isSpace: () => isSpace, turned, rest, clicked });
  canvas.tell("pointerdown", at(0, 0));
  canvas.onpointermove(at(dx, dy));
  canvas.onpointerup(at(dx, dy, { type: "pointerup" }));
  const [last] = turned.mock.calls.slice(-1);
  return { ...last?.arguments[0], rests: rest.mock.callCount(), clicks: clicked.mock.callCount() };
}

for (const [words, drag, camera, seen] of [
  ["to the right turns by half a degree a pixel", [40, 0], {}, [-20, 90]],
  ["around goes on at the other side", [-40, 0], { turn: 170 }, [-170, 90]],
  ["around goes on at the other side that way, too", [40, 0], { turn: -170 }, [170, 90]],
  ["up tilts no further than to the top", [0, 400], { tilt: 30 }, [0, 0]],
  ["down tilts no further than to the bottom", [0, -400], { tilt: 100 }, [0, 180]],
]) {
  test(`a drag ${words}`, () => {
    const { turn, tilt, rests, clicks } = dragged(...drag, camera);
    assert.deepEqual([turn, tilt, rests, clicks], [...seen, 1, 0]);
  });
}

test("a press that hardly moves is a click, and turns nothing", () => {
  assert.deepEqual(dragged(3, 2), { rests: 0, clicks: 1 });
});

test("in the plane a drag is neither a turn nor a click", () => {
  assert.deepEqual(dragged(40, 0, { isSpace: false }), { rests: 0, clicks: 0 });
});

// -------------------------------------------------------------- a value on a drawn function

const [INPUTS, PARABOLA] = [[-2, -1, 0, 1, 2], [4, 1, 0, 1, 4]];
for (const [words, given, x] of [
  ["between two samples is between their inputs", [2.5, INPUTS, PARABOLA, 1], 1.5],
  ["with two inputs is the one that is nearer", [2.5, INPUTS, PARABOLA, -0.2], -1.5],
  ["that no input has goes to the nearest there is", [-3, INPUTS, PARABOLA, 2], 0],
  ["above all others goes to the end on this side", [9, INPUTS, PARABOLA, -1], -2],
  ["of a constant stays where it is nearest", [1, INPUTS, [1, 1, 1, 1, 1], 0.9], 1],
  ["of nothing stays where it is", [1, [], [], 0.3], 0.3],
]) {
  test(`an output ${words}`, () => assert.equal(inputWith(...given), x));
}

// -------------------------------------------------------------- the pad's keys

test("the pen under the arrow keys stays on the pad", () => {
  const pad = Object.assign(Object.create(Pad.prototype), { at: [0.5, 0.1], down: false, showMark: () => {} });
  const press = (key) => pad.key(happened({ key }));
  press("ArrowRight");
  assert.deepEqual(pad.at, [0.5625, 0.1]);
  for (let i = 0; i < 20; i++) press("ArrowUp");
  assert.deepEqual(pad.at, [0.5625, 0.0625]);
});
