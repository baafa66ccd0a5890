// Compare's charts: numbers on a logarithmic axis, and a zoom that stays the viewer's.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Charts } from "../../pages/ui/compare/charts.js";

let relayout;
beforeEach(() => {
  relayout = mock.fn();
  globalThis.window = { Plotly: { relayout } };
});

const charts = (logarithmic) =>
  Object.assign(Object.create(Charts.prototype), { logarithmic, zoomed: new Set(), plots: [] });
const plot = { data: [{ y: [0.1, 0.2] }] };

for (const [words, given, ticks] of [
  ["over few decades has numbers at 1, 2 and 5", [[1, 59]], "D2"],
  ["over more has one at every power of ten", [[1], [61]], 1],
  ["counts nothing that it cannot show", [[0, -1, 1, 2]], "D2"],
]) {
  test(`a logarithmic axis ${words}`, () => assert.equal(charts(true).ticks(given), ticks));
}

test("a linear axis finds its numbers by itself", () => {
  assert.equal(charts(false).ticks([[1, 1000]]), null);
});

test("within a zoom the axis finds its numbers by itself, and after it has its own again", () => {
  const zoomable = charts(true);
  zoomable.followZoom(plot, { "yaxis.range[0]": 0 });
  assert.equal(zoomable.zoomed.has(plot), true);
  zoomable.followZoom(plot, { "yaxis.autorange": true });
  assert.equal(zoomable.zoomed.has(plot), false);
  assert.deepEqual(relayout.mock.calls.map((call) => call.arguments[1]["yaxis.dtick"]), [null, "D2"]);
});

test("what changes no axis is no zoom", () => {
  const zoomable = charts(true);
  zoomable.followZoom(plot, { "yaxis.dtick": 1 });
  assert.equal(relayout.mock.callCount(), 0);
});

test("another scale ends every zoom", () => {
  const zoomable = Object.assign(charts(false), { plots: [plot] });
  zoomable.zoomed.add(plot);
  zoomable.showScale(true);
  assert.equal(zoomable.zoomed.size, 0);
  assert.deepEqual(relayout.mock.calls[0].arguments, [plot, { "yaxis.type": "log", "yaxis.dtick": "D2" }]);
});
