// Canvases: as many pixels as the screen has, a pen that counts in CSS pixels.

import assert from "node:assert/strict";
import { test } from "node:test";

import { clearedPen, sizedPen } from "../../pages/ui/drawing/canvas.js";

// A canvas of 100.4 x 50 CSS pixels on a screen with so many pixels for one; what its pen did.
function canvasOn(ratio) {
  globalThis.window = { devicePixelRatio: ratio };
  const did = [];
  const pen = { reset: () => did.push("reset"), scale: (...scales) => did.push(scales) };
  const sizes = [];
  const size = { width: 300, height: 150 };
  const canvas = { clientWidth: 100.4, clientHeight: 50, style: {}, getContext: () => pen };
  for (const name of ["width", "height"])
    Object.defineProperty(canvas, name, {
      get: () => size[name],
      set: (pixels) => {
        size[name] = pixels;
        sizes.push([name, pixels]);
      },
    });
  return { canvas, did, sizes };
}

test("a canvas has the pixels of the screen, and its pen counts in CSS pixels", () => {
  const { canvas, did } = canvasOn(2);
  clearedPen(canvas);
  assert.deepEqual([canvas.width, canvas.height], [201, 100]);
  assert.deepEqual(did, ["reset", [2, 2]]);
});

test("a canvas that has its size keeps it: a new size would cost a new buffer", () => {
  const { canvas, sizes } = canvasOn(1);
  clearedPen(canvas);
  clearedPen(canvas);
  assert.deepEqual(sizes, [["width", 100], ["height", 50]]);
});

test("a canvas may get its size on screen, too", () => {
  const { canvas } = canvasOn(1.5);
  sizedPen(canvas, 80, 40);
  assert.deepEqual(canvas.style, { width: "80px", height: "40px" });
  assert.deepEqual([canvas.width, canvas.height], [120, 60]);
});
