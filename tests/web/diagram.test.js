// The drawn network: which number is which part, where it is, and what a pointer means.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawEdges, edgeOf, faintestOf, indexOf, partAt, partNear, placeOn } from "../../pages/ui/playground/edges.js";

const SIZES = [2, 3, 1];
const COUNT = 3 * 3 + 4 * 1;

// Two inputs, three units, one output, 100 px from column to column, 60 from row to row; squares of 40.
const scene = {
  sizes: SIZES,
  sides: [40, 40, 40],
  nodes: [[[50, 80], [50, 140]], [[150, 50], [150, 110], [150, 170]], [[250, 110]]],
  colours: ["orange", "blue", "ink"],
};
const parameters = (changes = {}) => Object.assign(new Float32Array(COUNT).fill(0.1), changes);
const near = (values, place) => partNear(scene, values, faintestOf(scene, values), place, 5);

for (const [part, index] of [
  [{ kind: "weight", layer: 1, from: 1, to: 1 }, 0],
  [{ kind: "weight", layer: 1, from: 2, to: 1 }, 3],
  [{ kind: "bias", layer: 1, from: 3, to: 2 }, 7],
  [{ kind: "weight", layer: 2, from: 1, to: 1 }, 9],
  [{ kind: "bias", layer: 2, from: 4, to: 1 }, 12],
]) {
  test(`parameter ${index} is the ${part.kind} of layer ${part.layer} to unit ${part.to}, and the way back`, () => {
    assert.equal(indexOf(SIZES, part), index);
    assert.deepEqual(partAt(SIZES, index), part);
  });
}

test("an edge goes from rim to rim, and bends in the middle", () => {
  const edge = edgeOf(scene, { layer: 1, from: 1, to: 3 });
  assert.deepEqual(edge, { x0: 70, y0: 80, x1: 130, y1: 170, middle: 100 });
  assert.deepEqual([placeOn(edge, 0), placeOn(edge, 0.5), placeOn(edge, 1)], [[70, 80], [100, 125], [130, 170]]);
});

test("a pointer on an edge means its weight", () => {
  const edge = edgeOf(scene, { layer: 2, from: 3, to: 1 });
  assert.deepEqual(near(parameters(), placeOn(edge, 0.4)), { kind: "weight", layer: 2, from: 3, to: 1 });
});

test("where two edges cross the thicker one is meant", () => {
  // From input 1 to unit 2 and from input 2 to unit 2 they meet at the unit.
  const place = placeOn(edgeOf(scene, { layer: 1, from: 1, to: 2 }), 0.97);
  assert.equal(near(parameters({ 1: 2 }), place).from, 1);
  assert.equal(near(parameters({ 4: -2 }), place).from, 2);
});

test("a bias's square comes before the edges below it", () => {
  assert.deepEqual(near(parameters({ 9: 5 }), [124, 66]), { kind: "bias", layer: 1, to: 1 });
});

test("a pointer far from all edges means none", () => {
  assert.equal(near(parameters(), [100, 10]), null);
  assert.equal(near(parameters(), [10, 80]), null);
});

test("of more edges than can be told apart the 150 largest are drawn", () => {
  const crowded = { sizes: [10, 16, 1] };
  const values = Float32Array.from({ length: 11 * 16 + 17 }, (_, i) => i);
  assert.deepEqual(faintestOf(crowded, values), [0, 10, 0]);
});

test("an edge's colour is its sign's, its width its size; what comes from a killed unit is faint", () => {
  const drawn = [];
  const pen = {
    beginPath() {}, moveTo() {}, bezierCurveTo() {}, strokeRect() {}, fillRect() {},
    stroke() {
      drawn.push([this.strokeStyle, this.lineWidth, this.globalAlpha]);
    },
  };
  const values = parameters({ 0: -1, 9: 1 });
  drawEdges(pen, scene, values, faintestOf(scene, values), (layer, unit) => layer === 1 && unit === 1);
  assert.deepEqual(drawn[0], ["orange", 0.8 + 1.6, 0.78]);
  assert.deepEqual(drawn[6], ["blue", 0.8 + 1.6, 0.08]);
  assert.equal(drawn.length, 6 + 3);
});
