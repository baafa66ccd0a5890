// The points over the output field: rings around those that the network gets wrong, the numbers of
// each one, and the point whose way through the network is shown.
// A part of the live view (playground.js).

import { ring, sizedPen } from "../drawing/canvas.js";
import { axesOf, belowHoverTexts, enterAxes, inFigure, listen, pointerIn } from "../drawing/plotly.js";
import { fourDecimals } from "../drawing/text.js";

const SEND_EVERY = 33; // ms between two places of the pointer that the server hears of
const WIDTHS = [2.4, 4.6]; // px, of a mark's line and of the rim below it
const TOUCH = 10; // px from a data point at which a click means it

export class DataPoints {
  constructor(view) {
    this.view = view;
    this.figure = view.$(".pg-field");
    this.traces = [];
    this.wrong = null;
    this.probe = null; // the point shown, in the units of the axes
    this.pinned = false; // a data point was clicked: it stays
    this.canvas = Object.assign(document.createElement("canvas"), { className: "pg-over", ariaHidden: "true" });
    this.bind();
  }

  bind() {
    const field = this.figure;
    field.addEventListener("pointermove", (event) => {
      if (this.pinned || event.buttons) return;
      const place = this.placeOf(event);
      if (place) this.show(place.inUnits);
    });
    field.addEventListener("pointerleave", () => this.pinned || this.probe === null || this.show(null));
    // Plotly keeps clicks to itself: a press that is let go where it began is one.
    field.addEventListener("pointerdown", (pressed) => {
      const release = (event) => {
        const still = Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) < 4;
        if (still) this.click(event);
      };
      document.addEventListener("pointerup", release, { capture: true, once: true });
    }, true);
  }

  click(event) {
    const place = this.placeOf(event);
    if (!place) return;
    const point = this.nearest(place);
    this.pinned = Boolean(point);
    this.show(point ?? place.inUnits);
  }

  get axes() {
    return axesOf(this.figure);
  }

  // Where a pointer is inside the axes: in pixels from their corner, and in the inputs' units.
  placeOf(event) {
    const { axes } = this;
    if (!this.view.scene || !axes) return null;
    const [x, y] = pointerIn(this.figure, axes, event);
    if (x < 0 || y < 0 || x > axes.x.length || y > axes.y.length) return null;
    return { x, y, inUnits: [axes.x.scaledAt(x), axes.y.scaledAt(y)].slice(0, this.view.scene.extent.length) };
  }

  // The inputs of the data point at a place, or null.
  nearest({ x, y }) {
    const { axes } = this;
    let [best, least] = [null, TOUCH];
    for (const trace of this.shownTraces()) {
      trace.x.forEach((px, k) => {
        const distance = Math.hypot(axes.x.at(px) - x, axes.y.at(trace.y[k]) - y);
        if (distance < least) [best, least] = [[px, trace.y[k]], distance];
      });
    }
    return best?.slice(0, this.view.scene.extent.length) ?? null;
  }

  // Training points, and test points where they are shown.
  shownTraces() {
    return this.view.$("[name=test]").checked ? this.traces : this.traces.slice(0, this.traces.length / 2);
  }

  show(probe) {
    this.probe = probe;
    this.drawMarks();
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      if (!this.view.gone) this.view.sendView();
    }, SEND_EVERY);
  }

  // -------------------------------------------------------------- what a frame brings

  draw({ points, samples, wrong, batch, output, curve }, traces, example) {
    if (points) {
      this.traces = traces;
      this.wrong = null;
      this.pinned = false; // the point may have moved away
    }
    if (wrong) this.wrong = wrong;
    if (samples) this.tell(samples);
    else if (points || output || curve) this.hush();
    const changed = batch || this.batch;
    this.batch = batch;
    this.follow(example);
    if (points || wrong || changed) this.drawMarks();
  }

  // In slow motion the example's way through the network is shown, like a clicked point's.
  follow(example) {
    const at = JSON.stringify(example?.at);
    if (at === this.followed) return;
    if (example) {
      this.pinned = true;
      this.show(example.at);
    } else if (this.followed) this.pinned = false;
    this.followed = at;
  }

  // Another figure: its axes may be others, its traces know no numbers.
  showScene() {
    this.told = this.pinned = false;
    this.probe = null;
    const { output, pointTraces } = this.view.scene;
    this.templates = pointTraces.map((i) => output.data[i].hovertemplate);
    listen(this.figure, "plotly_relayout", (change) => {
      if (Object.keys(change).some((key) => /axis|size/.test(key))) this.drawMarks();
    });
    this.drawMarks();
  }

  // What the network says of each point: output, class, loss, for the pointer.
  tell(values) {
    const n = values.length / 3;
    const { scene } = this.view;
    const classes = scene.kind === "regression" ? null : scene.classes;
    const several = scene.sizes.at(-1) > 1;
    let at = 0;
    const numbers = this.traces.map((trace) =>
      trace.x.map(() => {
        const [value, said, loss] = [0, 1, 2].map((row) => values[row * n + at]);
        at += 1;
        return [fourDecimals(value).trim(), classes ? inFigure(classes[said] ?? "") : "", fourDecimals(loss).trim()];
      }),
    );
    const said = classes
      ? `<br>network: class %{customdata[1]}<br>${several ? "its output" : "output"} %{customdata[0]}`
      : "<br>network: %{customdata[0]}";
    this.restyle({
      customdata: numbers,
      hovertemplate: this.templates.map((text) => text.replace("<extra>", `${said}<br>loss %{customdata[2]}<extra>`)),
    });
    this.told = true;
  }

  // The numbers of a moment ago are not shown.
  hush() {
    if (!this.told) return;
    this.told = false;
    this.restyle({ hovertemplate: this.templates });
  }

  restyle(update) {
    window.Plotly.restyle(this.figure, update, this.view.scene.pointTraces);
  }

  // -------------------------------------------------------------- drawing

  // Rings and the target of the probe, inside the axes: above the points, below Plotly's hover texts.
  drawMarks() {
    const { canvas, figure, axes } = this;
    const layer = belowHoverTexts(figure);
    if (canvas.parentElement !== layer) layer?.append(canvas);
    const pen = sizedPen(canvas, figure.clientWidth, figure.clientHeight);
    if (!this.view.scene || !axes) return;
    enterAxes(pen, axes);
    if (this.batch) this.drawBatch(pen, axes);
    const ink = this.view.scene.colours[2];
    const { paper } = this.view.diagram;
    let at = 0;
    if (this.wrong && this.view.$("[name=wrong]").checked) {
      for (const trace of this.shownTraces()) {
        trace.x.forEach((x, k) => {
          if (this.wrong[at++]) ring(pen, axes.x.at(x), axes.y.at(trace.y[k]), 7.5, ink, paper, WIDTHS);
        });
      }
    }
    if (this.probe && this.pinned) this.drawProbe(pen, axes, ink, paper);
  }

  // A halo around each point of the batch; around its example that is shown, a second one.
  drawBatch(pen, axes) {
    Object.assign(pen, { strokeStyle: "#f0e442", lineWidth: 4 });
    const places = this.traces.flatMap((trace) => trace.x.map((x, k) => [axes.x.at(x), axes.y.at(trace.y[k])]));
    places.forEach(([x, y], i) => {
      for (let halo = 0; halo < this.batch[i]; halo++) {
        pen.beginPath();
        pen.arc(x, y, 8.5 + 5 * halo, 0, 2 * Math.PI);
        pen.stroke();
      }
    });
  }

  // A target around the clicked point; on the line, a stroke through all heights.
  drawProbe(pen, axes, ink, paper) {
    const [x, y] = this.probe;
    const px = axes.x.at(x);
    for (const [strokeStyle, lineWidth] of [[paper, WIDTHS[1]], [ink, WIDTHS[0]]]) {
      Object.assign(pen, { strokeStyle, lineWidth });
      pen.beginPath();
      if (y === undefined) {
        pen.moveTo(px, 0);
        pen.lineTo(px, axes.y.length);
      } else {
        const py = axes.y.at(y);
        for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
          pen.moveTo(px + 6 * dx, py + 6 * dy);
          pen.lineTo(px + 15 * dx, py + 15 * dy);
        }
      }
      pen.stroke();
    }
  }
}
