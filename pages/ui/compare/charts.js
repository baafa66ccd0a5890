// The two charts: the measure over the epochs, of each value the median and band of its seeds, and how each
// seed ended. A part of the Compare page.

import { clearedPen } from "../drawing/canvas.js";
import { axesOf, enterAxes, forget, listen } from "../drawing/plotly.js";

const PAPER = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };

export class Charts {
  constructor(root) {
    this.plots = [".cp-curves .cp-plot", ".cp-finals .cp-plot"].map((selector) => root.querySelector(selector));
    [this.curves, this.strip] = this.plots;
    this.canvas = root.querySelector(".cp-curves canvas");
    this.zoomed = new Set(); // charts that the viewer has zoomed into
  }

  destroy() {
    forget(...this.plots);
  }

  async drawScene(scene) {
    this.scene = scene;
    await Promise.all([this.react(this.curves, scene.curves), this.react(this.strip, scene.finals)]);
    this.seedLines = null;
    listen(this.curves, "plotly_afterplot", () => this.drawSeeds());
    for (const plot of this.plots) listen(plot, "plotly_relayout", (change) => this.followZoom(plot, change));
  }

  react(plot, { data, layout }) {
    return window.Plotly.react(plot, data, layout, PAPER);
  }

  draw({ bands, seeds, finals }, [n, n_seeds], goal) {
    const m = bands.length / (1 + 3 * n);
    const row = (i) => Array.from(bands.subarray(i * m, (i + 1) * m));
    const epochs = row(0);
    const x = [], y = [];
    for (let i = 0; i < n; i++) {
      const [median, low, high] = [1, 2, 3].map((k) => row(3 * i + k));
      const band = n_seeds > 1;
      x.push(band ? [...epochs, ...epochs.toReversed()] : [], epochs);
      y.push(band ? [...high, ...low.toReversed()] : [], median);
    }
    this.seedLines = seeds && { epochs, m, n, n_seeds, values: seeds };
    const [fx, fy, names] = [[], [], []];
    for (let i = 0; i < n; i++) {
      const seedOf = Array.from({ length: n_seeds }, (_, s) => s);
      fx.push(seedOf.map((s) => i + (n_seeds > 1 ? ((s * 0.618) % 1) * 0.5 - 0.25 : 0)), [i - 0.32, i + 0.32]);
      fy.push(Array.from(finals.subarray(i * n_seeds, (i + 1) * n_seeds)), Array(2).fill(row(3 * i + 1)[m - 1]));
      names.push(seedOf.map((s) => this.scene.firstSeed + s), []);
    }
    const all = x.map((_, i) => i);
    const ticks = (plot, lines) => (this.zoomed.has(plot) ? {} : { "yaxis.dtick": this.ticks(lines) });
    const { curves, strip } = this;
    return Promise.all([
      window.Plotly.update(
        curves,
        { x, y },
        this.zoomed.has(curves) ? {} : { "xaxis.range": [0, goal], ...ticks(curves, y) },
        all,
      ),
      window.Plotly.update(strip, { x: fx, y: fy, text: names }, ticks(strip, fy), all),
    ]);
  }

  // Every seed a faint line: on a canvas, because 192 lines are too much for Plotly while training.
  drawSeeds() {
    const pen = clearedPen(this.canvas);
    const axes = axesOf(this.curves);
    if (!this.seedLines || !axes) return;
    const { epochs, m, n, n_seeds, values } = this.seedLines;
    enterAxes(pen, axes);
    pen.globalAlpha = 0.3;
    const places = epochs.map((epoch) => axes.x.at(epoch));
    for (let line = 0; line < n * n_seeds; line++) {
      pen.strokeStyle = this.scene.colours[Math.floor(line / n_seeds)];
      pen.beginPath();
      for (let k = 0; k < m; k++) {
        const y = axes.y.at(values[line * m + k]);
        if (!Number.isFinite(y)) break; // diverged
        pen.lineTo(places[k], y);
      }
      pen.stroke();
    }
  }

  // Within a zoom the axis finds its own numbers.
  followZoom(plot, change) {
    if ("yaxis.autorange" in change) this.zoomed.delete(plot);
    else if ("yaxis.range[0]" in change) this.zoomed.add(plot);
    else return;
    const ticks = this.zoomed.has(plot) ? null : this.ticks(plot.data.map((trace) => Array.from(trace.y)));
    window.Plotly.relayout(plot, { "yaxis.dtick": ticks });
  }

  // A logarithmic axis over few decades has numbers at 1, 2 and 5, over more at every power of ten.
  ticks(lines) {
    if (!this.logarithmic) return null;
    const values = lines.flat().filter((y) => y > 0);
    return Math.max(...values) / Math.min(...values) > 60 ? 1 : "D2";
  }

  showScale(logarithmic) {
    this.logarithmic = logarithmic;
    this.zoomed.clear();
    for (const plot of this.plots) {
      const ticks = this.ticks(plot.data.map((trace) => Array.from(trace.y)));
      window.Plotly.relayout(plot, { "yaxis.type": logarithmic ? "log" : "linear", "yaxis.dtick": ticks });
    }
  }
}
