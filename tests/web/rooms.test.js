// The rooms of pages/ui: which may import which, and what only one module may know.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const UI = new URL("../../pages/ui/", import.meta.url);
const names = readdirSync(UI, { recursive: true })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".js"));
const text = (name) => readFileSync(new URL(name, UI), "utf8");
const room = (name) => name.split("/")[0];

// The modules that a module imports, by their names in pages/ui.
function imports(name) {
  const found = text(name).matchAll(/^(?:import|.*\bfrom) "(\.{1,2}\/[^"]+)";/gm);
  return Array.from(found, ([, path]) => posix.join(posix.dirname(name), path));
}

const SHARED = { drawing: [], live: ["drawing"], sandbox: ["drawing", "live"] }; // every other room is a page's

for (const name of names) {
  const may = [room(name), ...(SHARED[room(name)] ?? ["drawing", "live", "sandbox"])];
  test(`${name} imports nothing but from ${may.join(", ")}`, () => {
    assert.deepEqual(imports(name).filter((other) => !may.includes(room(other))), []);
  });
}

const whoNames = (pattern) => names.filter((name) => pattern.test(text(name)));

test("only the adapter knows the inside of Plotly's figures", () => {
  const inside = /_fullLayout|\b_offset\b|\b_length\b|__data__|_imgSrc|\.(imagelayer|scatterlayer|gl-container)\b/;
  assert.deepEqual(whoNames(inside), ["drawing/plotly.js"]);
});

test("only one module sets up canvases for the pixels of a screen", () => {
  assert.deepEqual(whoNames(/devicePixelRatio/), ["drawing/canvas.js"]);
});
