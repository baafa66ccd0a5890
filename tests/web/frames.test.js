// Frames: what Python packed is what JavaScript takes apart.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { layerValues } from "../../pages/ui/playground/inspector.js";
import { unpackHinges, unpackPolygons } from "../../pages/ui/layers/hinges/hinges.js";
import { takeApart } from "../../pages/ui/live/frames.js";

const ROOT = new URL("../..", import.meta.url);
const run = (...names) =>
  execFileSync(process.env.PYTHON ?? "python3", ["-m", "tests.web.frames", ...names], { cwd: ROOT });
const TABLE = JSON.parse(run());
const text = (bytes) => new TextDecoder().decode(bytes);

// A frame of frames.py, in a buffer of its own as a socket gives it, taken apart by its table.
function taken(name, table = TABLE) {
  const bytes = run(name);
  return takeApart(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), table);
}

test("a frame comes apart into what was packed, each blob in the form that the table says", () => {
  const { header, blobs } = taken("several");
  assert.equal(header.epoch, 7);
  assert.equal(header.problem, "π ≈ 3 – so-so");
  assert.equal(header.train_loss, null);
  assert.equal(text(blobs.output.subarray(1, 4)), "PNG");
  assert.deepEqual(blobs.weights, Float32Array.of(0.5, -2, 1e-7, Infinity));
  assert.deepEqual(blobs.hover, new Float32Array(0));
  assert.deepEqual([...blobs.marks], [1, 2, 255]);
  assert.deepEqual(blobs.scene, { title: "x₁ and x₂", ticks: [0, 0.25] });
  assert.equal(blobs.csv, "π;1\n");
});

test("blobs of which a frame may hold several are a list, in their order", () => {
  assert.deepEqual(taken("several").blobs.layer.map((blob) => text(blob.subarray(4))), [" first", " second"]);
  assert.deepEqual(taken("bare").blobs.layer, []);
});

test("what is only not in this frame is undefined", () => {
  const { header, blobs } = taken("bare");
  assert.deepEqual([header.train_loss, blobs.output], [undefined, undefined]);
});

test("a name that the table does not have is an error at once", () => {
  const { header, blobs } = taken("bare");
  assert.throws(() => blobs.colour, /blob colour/);
  assert.throws(() => header.colour, /key colour/);
});

test("a blob that the table does not have is an error at once", () => {
  const { weights: _, ...forms } = TABLE.forms;
  assert.throws(() => taken("several", { ...TABLE, forms }));
});

test("the values of a point's way are x, then z and a of every layer", () => {
  const layers = layerValues(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 1]);
  assert.deepEqual(layers.map((layer) => Object.entries(layer).map(([name, values]) => [name, ...values])), [
    [["a", 1, 2]],
    [["z", 3, 4], ["a", 5, 6]],
    [["z", 7], ["a", 8]],
  ]);
});

test("hinges have each their own segments", () => {
  const hinges = unpackHinges(Float32Array.of(2, 1, 3, 1, 2, 1, 2, 0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17));
  assert.deepEqual(hinges.map(({ layer, unit, lines }) => [layer, unit, ...lines]), [
    [1, 3, 0, 1, 2, 3],
    [2, 1, 10, 11, 12, 13, 14, 15, 16, 17],
  ]);
});

test("regions have each their own corners", () => {
  const regions = unpackPolygons(Float32Array.of(2, 3, 3, 0, 1, 0, 1, 2, 3, 4, 5, 8, 9));
  assert.deepEqual(regions.map(({ tint, corners }) => [tint, ...corners]), [[3, 0, 1, 2, 3, 4, 5], [0, 8, 9]]);
});
