// Frames: what Python packed is what JavaScript takes apart.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { layerValues } from "../../pages/ui/playground/inspector.js";
import { unpackHinges, unpackPolygons } from "../../pages/ui/layers/hinges/hinges.js";
import { floats, json, takeApart } from "../../pages/ui/live/wire.js";

const ROOT = new URL("../..", import.meta.url);
const text = ({ bytes }) => new TextDecoder().decode(bytes);

// The bytes of a frame of frames.py, in a buffer of their own as a socket gives them.
function packed(name) {
  const bytes = execFileSync(process.env.PYTHON ?? "python3", ["-m", "tests.web.frames", name], { cwd: ROOT });
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

test("a frame comes apart into what was packed", () => {
  const { header, blobs } = takeApart(packed("several"));
  assert.equal(header.epoch, 7);
  assert.equal(header.problem, "π ≈ 3 – so-so");
  assert.equal(header.train_loss, null);
  assert.deepEqual([...blobs.output.bytes], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]);
  assert.deepEqual([...floats(blobs.weights)], [0.5, -2, Math.fround(1e-7), Infinity]);
  assert.deepEqual(json(blobs.scene), { title: "x₁ and x₂", ticks: [0, 0.25] });
  assert.equal(blobs.hover.side, 64);
  assert.equal(floats(blobs.hover).length, 0);
});

test("blobs of the kind layer are several, in their order and with what goes with them", () => {
  const { blobs } = takeApart(packed("several"));
  assert.deepEqual(blobs.layer.map((blob) => [text(blob), blob.layer]), [["first", 1], ["second", 2]]);
});

test("a frame without blobs has no layers", () => {
  const { header, blobs } = takeApart(packed("bare"));
  assert.deepEqual([header.epoch, blobs], [0, { layer: [] }]);
});

test("numbers are read wherever their bytes begin", () => {
  const bytes = new Uint8Array(1 + 8);
  bytes.set(new Uint8Array(Float32Array.of(1.5, -3).buffer), 1);
  assert.deepEqual([...floats({ bytes: bytes.subarray(1) })], [1.5, -3]);
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
