// The output field: its picture (for data on a line, its curves), the data points in it, and at rest
// what the pointer reads there. A part of the live view (playground.js); what is drawn above the points
// is points.js's.

import { fit, forget, inFigure, moveMarkers, setPicture } from "../drawing/plotly.js";

export class OutputField {
  constructor(view) {
    this.view = view;
    this.figure = view.$(".pg-field");
    this.shown = ""; // the picture or the curves
    this.frames = 0; // how many of them there have been
    this.hovering = false;
    this.resizer = new ResizeObserver(() => fit(this.figure));
    this.resizer.observe(this.figure);
  }

  destroy() {
    this.gone = true;
    this.resizer.disconnect();
    forget(this.figure);
  }

  // The figure was drawn anew, without a picture.
  showScene() {
    this.shown = "";
    this.hovering = false;
    this.showTest();
  }

  drawPoints(traces) {
    clearTimeout(this.pointsRest);
    if (this.known === this.view.scene.output && this.movePoints(traces)) {
      this.pointsRest = setTimeout(() => this.gone || this.restylePoints(traces), 250);
    } else this.restylePoints(traces);
    this.known = this.view.scene.output;
  }

  restylePoints(traces) {
    const update = { x: traces.map((t) => t.x), y: traces.map((t) => t.y) };
    if (traces[0].color) update["marker.color"] = traces.map((t) => t.color);
    window.Plotly.restyle(this.figure, update, this.view.scene.pointTraces);
  }

  // Whether all points could be moved: while data are dragged their markers move, and Plotly hears of it
  // when they rest. Not when their number or their colours change.
  movePoints(traces) {
    const { pointTraces } = this.view.scene;
    return !traces[0].color && moveMarkers(this.figure, traces.map(({ x, y }, i) => [pointTraces[i], x, y]));
  }

  showTest() {
    const traces = this.view.scene.pointTraces;
    const visible = this.view.$("[name=test]").checked;
    window.Plotly.restyle(this.figure, { visible }, traces.slice(traces.length / 2));
  }

  drawPicture(source) {
    if (source === this.shown) return;
    this.shown = source;
    this.frames += 1;
    setPicture(this.figure, 0, source);
  }

  drawCurve(values) {
    const key = values.join();
    if (key === this.shown) return;
    this.shown = key;
    this.frames += 1;
    const units = this.view.scene.sizes.at(-1);
    const size = values.length / units;
    const curves = Array.from({ length: units }, (_, k) => values.slice(k * size, (k + 1) * size));
    window.Plotly.restyle(this.figure, { y: curves }, curves.map((_, k) => k));
  }

  drawHover(values, side) {
    const { extent, classes } = this.view.scene;
    const rows = (from) => Array.from({ length: side }, (_, r) => values.slice(from + r * side, from + (r + 1) * side));
    const z = rows(0);
    const winner = rows(side * side);
    const centres = ([low, high]) => Array.from({ length: side }, (_, i) => low + ((high - low) * (i + 0.5)) / side);
    const several = this.view.scene.sizes.at(-1) > 1;
    const [x, y] = this.view.scene.inputNames.map(inFigure);
    const update = {
      z: [z], x: [centres(extent[0])], y: [centres(extent[1])], visible: true, hoverinfo: "all",
      text: [several ? winner.map((row) => Array.from(row, (k) => `class ${inFigure(classes[k])}: `)) : null],
      hovertemplate: `${x} %{x:.2f}<br>${y} %{y:.2f}<br>${several ? "%{text}" : "output "}%{z:.3f}<extra></extra>`,
    };
    window.Plotly.restyle(this.figure, update, [0]);
    this.hovering = true;
  }

  hideHover() {
    this.hovering = false;
    window.Plotly.restyle(this.figure, { visible: false }, [0]);
  }
}
