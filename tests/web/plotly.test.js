// The adapter to Plotly: what is known of the inside of its figures, and of its elements.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import {
  axesOf, enterAxes, fit, forget, listen, moveMarkers, pointerIn, setPicture,
} from "../../pages/ui/drawing/plotly.js";

let plotly;
beforeEach(() => {
  plotly = { relayout: mock.fn(() => "redrawn"), purge: mock.fn(), Plots: { resize: mock.fn() } };
  globalThis.window = { Plotly: plotly };
});

// An axis that begins at so many px and shows from 1 to 1000, logarithmic as Plotly has it.
const logarithmic = (start, length) => ({
  _offset: start,
  _length: length,
  c2p: (value) => (Math.log10(value) / 3) * length,
  l2p: (logarithm) => (logarithm / 3) * length,
  p2l: (px) => (3 * px) / length,
});
const drawn = { xaxis: logarithmic(50, 300), yaxis: logarithmic(10, 90), yaxis2: logarithmic(120, 60) };
const figure = (more) => ({ _fullLayout: drawn, clientWidth: 400, ...more });

// -------------------------------------------------------------- axes

test("a figure that is not drawn has no axes", () => {
  assert.equal(axesOf({}), null);
  assert.equal(axesOf({ _fullLayout: {} }), null);
});

test("a value has its place on an axis, and a logarithm, and back", () => {
  const { x } = axesOf(figure());
  assert.deepEqual([x.start, x.length], [50, 300]);
  assert.equal(x.at(10), 100);
  assert.equal(x.atScaled(1), 100);
  assert.equal(x.scaledAt(100), 1);
});

test("of several axes those are given that are named", () => {
  assert.equal(axesOf(figure(), "xaxis", "yaxis2").y.start, 120);
  assert.equal(axesOf(figure(), "xaxis", "yaxis3"), null);
});

test("within axes the pen counts from their corner, and draws no further", () => {
  const did = [];
  const pen = new Proxy({}, { get: (_, name) => (...given) => did.push([name, ...given]) });
  enterAxes(pen, axesOf(figure()));
  assert.deepEqual(did, [["translate", 50, 10], ["beginPath"], ["rect", 0, 0, 300, 90], ["clip"]]);
});

test("a pointer is counted from the corner of the axes", () => {
  const on = figure({ getBoundingClientRect: () => ({ left: 7, top: 3 }) });
  assert.deepEqual(pointerIn(on, axesOf(on), { clientX: 60, clientY: 20 }), [3, 7]);
});

// -------------------------------------------------------------- pictures

// A figure whose image 1 is drawn, but not image 0.
function pictured() {
  const element = { __data__: { _index: 1, source: "old" }, setAttributeNS: mock.fn() };
  const images = () => [{ source: "none" }, { source: "old" }];
  const on = figure({
    _fullLayout: { images: images() },
    layout: { images: images() },
    querySelectorAll: (selector) => (selector === ".imagelayer image" ? [element] : []),
  });
  return { on, element };
}

test("an image gets its picture without any drawing by Plotly", () => {
  const { on, element } = pictured();
  setPicture(on, 1, "new");
  assert.deepEqual(element.setAttributeNS.mock.calls.map((call) => call.arguments), [
    ["http://www.w3.org/1999/xlink", "xlink:href", "new"],
  ]);
  assert.equal(plotly.relayout.mock.callCount(), 0);
});

test("whatever Plotly draws later, it knows of the picture", () => {
  const { on, element } = pictured();
  setPicture(on, 1, "new");
  const known = [element._imgSrc, element.__data__.source, on.layout.images[1].source, on._fullLayout.images[1].source];
  assert.deepEqual(known, ["new", "new", "new", "new"]);
  assert.equal(on.layout.images[0].source, "none");
});

test("an image that has no element yet is drawn by Plotly", () => {
  const { on } = pictured();
  assert.equal(setPicture(on, 0, "first"), "redrawn");
  assert.deepEqual(plotly.relayout.mock.calls[0].arguments, [on, { "images[0].source": "first" }]);
});

// -------------------------------------------------------------- markers

// A figure with two traces, 3 and 5, of two markers each.
function scattered() {
  const groups = [3, 5].map((index) => {
    const markers = [0, 1].map(() => ({ setAttribute: mock.fn() }));
    return { __data__: [{ trace: { index } }], markers, querySelectorAll: () => markers };
  });
  const places = () => groups.map(({ markers }) => markers.map((m) => m.setAttribute.mock.calls[0]?.arguments[1]));
  return { on: figure({ querySelectorAll: () => groups }), places };
}

test("markers of a trace are moved to their new places, those of others are not", () => {
  const { on, places } = scattered();
  assert.equal(moveMarkers(on, [[5, [10, 1], [1, 1000]]]), true);
  assert.deepEqual(places(), [[undefined, undefined], ["translate(100,0)", "translate(0,90)"]]);
});

test("another number of markers than are drawn moves none", () => {
  const { on, places } = scattered();
  assert.equal(moveMarkers(on, [[3, [1, 1], [1, 1]], [5, [1], [1]]]), false);
  assert.deepEqual(places().flat(), [undefined, undefined, undefined, undefined]);
});

test("a trace that is hidden has no markers to move", () => {
  assert.equal(moveMarkers(scattered().on, [[4, [1, 1, 1], [1, 1, 1]]]), true);
});

// -------------------------------------------------------------- figures

test("a figure that is drawn and to be seen takes the room that it has got, no other", () => {
  const seen = figure();
  for (const on of [seen, figure({ clientWidth: 0 }), { clientWidth: 400 }]) fit(on);
  assert.deepEqual(plotly.Plots.resize.mock.calls.map((call) => call.arguments), [[seen]]);
});

test("an event has one listener, the last", () => {
  const on = { removeAllListeners: mock.fn(), on: mock.fn() };
  const action = () => {};
  listen(on, "plotly_relayout", action);
  assert.deepEqual(on.removeAllListeners.mock.calls[0].arguments, ["plotly_relayout"]);
  assert.deepEqual(on.on.mock.calls[0].arguments, ["plotly_relayout", action]);
});

test("figures are forgotten each, and where plotly.js never came there is nothing to forget", () => {
  forget("one", "two");
  assert.deepEqual(plotly.purge.mock.calls.map((call) => call.arguments), [["one"], ["two"]]);
  globalThis.window = {};
  assert.doesNotThrow(() => forget("one"));
});
