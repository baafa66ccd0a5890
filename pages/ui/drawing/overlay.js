// What moves above a figure: drawn on a canvas that knows the figure's axes, because that takes a
// fraction of what Plotly needs for a line; and the hand on the figure.

import { clearedPen } from "./canvas.js";
import { axesOf, enterAxes, forget, pointerIn } from "./plotly.js";

export const DASHES = { solid: [], dot: [3, 3], dash: [9, 6], longdash: [16, 6], dashdot: [9, 4, 3, 4] };

export class Overlay {
  // `figure` is a div that Plotly draws into.
  constructor(figure) {
    this.figure = figure;
    this.canvas = Object.assign(document.createElement("canvas"), { className: "fn-over", ariaHidden: "true" });
  }

  // An empty canvas over the whole figure.
  clear() {
    const { figure, canvas } = this;
    if (canvas.parentElement !== figure) figure.append(canvas);
    this.pen = clearedPen(canvas, figure.clientWidth, figure.clientHeight);
  }

  // Draw within a pair of axes: `draw(pen, x, y, [width, height])` gets functions from numbers (of a
  // logarithmic axis from logarithms) to pixels, and the size in pixels.
  within(draw, xName = "xaxis", yName = "yaxis") {
    const axes = axesOf(this.figure, xName, yName);
    const { pen } = this;
    pen.save();
    enterAxes(pen, axes);
    pen.font = "12px sans-serif";
    draw(pen, axes.x.atScaled, axes.y.atScaled, [axes.x.length, axes.y.length]);
    pen.restore();
  }

  // Where a pointer is, in the units of the axes, moved to the nearest place inside.
  placeOf(event) {
    const axes = axesOf(this.figure);
    const [across, down] = pointerIn(this.figure, axes, event);
    const inside = (px, axis) => axis.scaledAt(Math.min(Math.max(px, 0), axis.length));
    return [inside(across, axes.x), inside(down, axes.y)];
  }

  // How far two places are from each other on screen, in px.
  distance([x0, y0], [x1, y1]) {
    const { x, y } = axesOf(this.figure);
    return Math.hypot(x.atScaled(x0) - x.atScaled(x1), y.atScaled(y0) - y.atScaled(y1));
  }

  // While a pointer is held on the figure `follow(place)` hears of every move, `rest()` of its end.
  hold(follow, rest) {
    const { figure } = this;
    figure.onpointerdown = (event) => {
      if (event.button) return;
      event.preventDefault(); // no text is selected
      figure.setPointerCapture(event.pointerId);
      follow(this.placeOf(event));
      figure.onpointermove = (moved) => follow(this.placeOf(moved));
      figure.onpointerup = figure.onpointercancel = () => {
        figure.onpointermove = figure.onpointerup = figure.onpointercancel = null;
        rest();
      };
    };
  }
}

export function stroke(pen, points, { colour, width = 2, dash = "solid", alpha = 1 }) {
  Object.assign(pen, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha, lineJoin: "round" });
  pen.setLineDash(DASHES[dash]);
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

export function dot(pen, x, y, colour, rim) {
  Object.assign(pen, { fillStyle: colour, strokeStyle: rim, lineWidth: 2 });
  pen.beginPath();
  pen.arc(x, y, 6, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
}

// Text that stays readable over lines.
export function label(pen, text, x, y, colour, paper) {
  Object.assign(pen, { fillStyle: colour, strokeStyle: paper, lineWidth: 4, lineJoin: "round" });
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

// A curve's look, for tables: a short line in its colour and dash.
export function sample({ colour, dash }) {
  return `<svg width="34" height="10" aria-hidden="true"><path d="M1 5h32" stroke="${colour}" stroke-width="3" ` +
    `stroke-dasharray="${DASHES[dash]}" fill="none"/></svg>`;
}

// Figures drawn in the page's theme, and drawn anew when it changes or the page is resized.
export class FunctionBoard {
  // `figures`: name in the themes' figures -> selector of its div.
  constructor(sandbox, figures) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    this.overlays = Object.fromEntries(
      Object.entries(figures).map(([name, selector]) => [name, new Overlay(this.$(selector))]),
    );
    this.resizer = new ResizeObserver(() => this.again());
  }

  start() {
    this.paint();
    for (const { figure } of Object.values(this.overlays)) this.resizer.observe(figure);
  }

  end() {
    this.resizer.disconnect();
    forget(...Object.values(this.overlays).map(({ figure }) => figure));
  }

  themed() {
    if (window.Plotly) this.paint();
  }

  paint() {
    const { sandbox } = this;
    this.dark = sandbox.isDark;
    this.theme = sandbox.data.themes[sandbox.theme];
    this.paper = sandbox.paper;
    const drawn = Object.entries(this.overlays).map(([name, { figure }]) => {
      const { data, layout } = structuredClone(this.theme.figures[name]);
      return window.Plotly.react(figure, data, layout, { staticPlot: true, responsive: true });
    });
    this.painted();
    this.ready = Promise.all(drawn).then(() => this.again());
  }

  // Forget what is known to be drawn.
  painted() {}

  async draw(frame) {
    this.frame = frame;
    await this.ready;
    this.show(frame);
  }

  // The last frame once more, when nothing else asks for it.
  again() {
    if (this.frame && !this.sandbox.gone) this.show(this.frame);
  }
}
