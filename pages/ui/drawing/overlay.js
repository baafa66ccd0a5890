// What moves above a figure: drawn on a canvas that knows the figure's axes, because that takes a
// fraction of what Plotly needs for a line; and the hand on the figure.

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
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [figure.clientWidth, figure.clientHeight];
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
    this.pen = canvas.getContext("2d");
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.clearRect(0, 0, across, down);
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  // Draw within a pair of axes: `draw(pen, x, y)` gets functions from numbers to pixels.
  within(draw, xName = "xaxis", yName = "yaxis") {
    const { [xName]: x, [yName]: y } = this.figure._fullLayout;
    const { pen } = this;
    pen.save();
    pen.translate(x._offset, y._offset);
    pen.beginPath();
    pen.rect(0, 0, x._length, y._length);
    pen.clip();
    pen.font = "12px sans-serif";
    draw(pen, (value) => x.l2p(value), (value) => y.l2p(value), [x._length, y._length]);
    pen.restore();
  }

  // Where a pointer is, in the units of the axes, moved to the nearest place inside.
  placeOf(event) {
    const { xaxis, yaxis } = this.figure._fullLayout;
    const box = this.figure.getBoundingClientRect();
    const inside = (p, axis) => axis.p2l(Math.min(Math.max(p - axis._offset, 0), axis._length));
    return [inside(event.clientX - box.left, xaxis), inside(event.clientY - box.top, yaxis)];
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
    for (const { figure } of Object.values(this.overlays)) window.Plotly?.purge(figure);
  }

  themed() {
    if (window.Plotly) this.paint();
  }

  paint() {
    this.dark = this.sandbox.isDark;
    this.theme = this.sandbox.data.themes[this.dark ? "dark" : "light"];
    this.paper = getComputedStyle(this.sandbox.root).getPropertyValue("--st-background-color").trim() || "#fff";
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

// ---------------------------------------------------------------- numbers

// Always as wide: a minus or a space, so many digits; tiny numbers and exact zeros tell themselves apart.
export function fixed(x, digits = 2) {
  const size = Math.abs(x);
  const text = size !== 0 && size < 0.5 * 10 ** -digits ? size.toExponential(0) : size.toFixed(digits);
  return (x < 0 ? "−" : "\u2007") + text.replace("e-", "e−");
}

// A number within a sum or a product.
export const bracketed = (x, digits = 2) => (x < 0 ? `(${fixed(x, digits)})` : fixed(x, digits).trim());
