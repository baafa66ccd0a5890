// The loss chart: train and test loss of the run, the test losses of the other branches, and the epoch on
// screen. A part of the live view (playground.js).

import { axesOf, forget, listen } from "../drawing/plotly.js";

// Branches have letters; in the chart the test losses of each are a trace of their own.
export const LETTERS = ["A", "B", "C", "D"];

export class LossChart {
  constructor(view) {
    this.view = view;
    this.figure = view.$(".pg-loss");
    this.forgetFutures();
  }

  destroy() {
    forget(this.figure);
  }

  // The figure was drawn anew.
  showScene() {
    this.zoomed = false;
    this.forgetFutures();
    this.showScale();
    listen(this.figure, "plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change || "yaxis.range[0]" in change) this.zoomed = true;
      if ("xaxis.autorange" in change || "yaxis.autorange" in change) this.zoomed = false;
    });
  }

  showScale() {
    window.Plotly.relayout(this.figure, { "yaxis.type": this.view.$("[name=log]").checked ? "log" : "linear" });
  }

  // The epoch axis grows in steps: new tick labels with every drawing would cost most of its time.
  draw(values) {
    const n = values.length / 3;
    const [epoch, train, test] = [0, 1, 2].map((i) => values.slice(i * n, (i + 1) * n));
    const layout = this.zoomed ? {} : { "xaxis.range": [0, roundUp(Math.max(epoch[n - 1], this.longest))] };
    window.Plotly.update(this.figure, { x: [epoch, epoch], y: [train, test] }, layout, [0, this.trace]);
  }

  // A line at the epoch on screen, where that is not the newest one.
  mark({ epoch, newest }) {
    const line = this.view.$(".pg-now");
    const axes = axesOf(this.figure);
    const across = axes?.x.at(epoch);
    line.hidden = !axes || epoch >= newest || across < 0 || across > axes.x.length;
    if (line.hidden) return;
    Object.assign(line.style, {
      left: `${axes.x.start + across - 1}px`,
      top: `${axes.y.start}px`,
      height: `${axes.y.length}px`,
    });
  }

  // A new chart knows of one run only.
  forgetFutures() {
    this.trace = 1; // of the current branch's test loss
    this.longest = 0; // epochs of the other branches
  }

  // The test losses of the other branches; each trace keeps its branch's colour and dash.
  drawFutures({ current, others }) {
    this.trace = 1 + LETTERS.indexOf(current);
    const several = Object.keys(others).length > 0;
    const of = (letter) => others[letter] ?? [[], []];
    this.longest = Math.max(0, ...Object.values(others).map(([epoch]) => epoch.at(-1)));
    const update = {
      x: LETTERS.map((letter) => of(letter)[0]),
      y: LETTERS.map((letter) => of(letter)[1]),
      visible: LETTERS.map((letter) => letter === current || letter in others),
      "line.width": LETTERS.map((letter) => (letter === current ? 2.5 : 1.5)),
      name: LETTERS.map((letter) => (several ? `test ${letter}` : "test")),
    };
    window.Plotly.restyle(this.figure, update, [1, 2, 3, 4]);
    window.Plotly.restyle(this.figure, { name: several ? `train ${current}` : "train" }, [0]);
  }

  // Of the branches' lines, in the order of their letters.
  get branchColours() {
    return this.figure.data.slice(1, 1 + LETTERS.length).map(({ line }) => line.color);
  }
}

// The next of 10, 12, 15, 20, ... 80, 100, 120, ...
export function roundUp(x) {
  const power = 10 ** Math.floor(Math.log10(Math.max(x, 10)));
  return power * [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= x);
}
