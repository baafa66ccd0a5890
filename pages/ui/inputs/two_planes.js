// The input plane twice, side by side, each over a field of its own; the Inputs page's
// boards extend this one.

import { PlaneBoard } from "../sandbox/input_plane.js";
import { Overlay, stroke } from "../drawing/overlay.js";
import { fixed } from "../drawing/text.js";

// Of classes in lists, by their marker: the one that the plane shows.
export const SIGNS = {
  circle: "●",
  square: "■",
  "triangle-up": "▲",
  diamond: "◆",
  cross: "✚",
  x: "✖",
  star: "★",
  pentagon: "⬟",
};

export class TwoPlanesBoard extends PlaneBoard {
  constructor(sandbox, figures) {
    super(sandbox, figures);
    const button = this.$(".io-why button");
    button.onclick = () => this.send("suit");
    this.ranges = [1, 2].map((i) => this.bindPlace(this.$(`.io-x${i}`), `x${i}`));
    for (const box of sandbox.root.querySelectorAll("input[type=checkbox][name]")) {
      box.onchange = () => sandbox.set({ [box.name]: Number(box.checked) });
    }
  }

  send(verb, value) {
    this.sandbox.wire.send(verb, value);
    this.sandbox.commit();
  }

  // A range over the view, for those who cannot drag in the plane.
  bindPlace(input, name) {
    const follow = () => this.wishPlace({ [name]: Number(input.value) });
    this.sandbox.drags.bind(input, name, follow, () => (follow(), this.sandbox.commit()));
    return input;
  }

  // Where the point shall be, in digits that a link can carry.
  wishPlace(place) {
    const tidy = Object.fromEntries(Object.entries(place).map(([name, v]) => [name, Number(v.toPrecision(5))]));
    this.showWaiting?.(true);
    this.sandbox.drags.wish(tidy);
  }

  // Whether the place that was wished for is in no frame yet.
  get waits() {
    const { ahead } = this.sandbox.drags;
    return "x1" in ahead || "x2" in ahead;
  }

  // The server has changed what a link asked for: the address follows.
  followCorrection({ corrected }) {
    if (corrected && corrected !== this.corrected) this.sandbox.commit();
    this.corrected = corrected;
  }

  painted() {
    super.painted();
    this.seen = {};
    this.layers = {};
  }

  // What stays while other things move is drawn on a canvas of its own, when one of `key` (or the
  // figure's size) has changed. `more(overlay)` may add to it each time.
  layer(name, figure, key, draw, more) {
    const { clientWidth, clientHeight } = figure;
    const now = [...key, clientWidth, clientHeight];
    const layer = (this.layers[name] ??= { overlay: this.canvasOf(name, figure), key: [] });
    if (layer.key.length !== now.length || layer.key.some((part, i) => part !== now[i])) {
      layer.key = now;
      layer.overlay.clear();
      layer.overlay.within(draw);
    }
    more?.(layer.overlay);
  }

  canvasOf(name, figure) {
    this.canvases ??= {};
    return (this.canvases[name] ??= new Overlay(figure));
  }

  // What is known to be on screen is another thing for each figure.
  showIn(name, picture) {
    const seen = (this.seen[name] ??= { spannedScene: null, pictured: null });
    Object.assign(this, seen);
    const moved = this.showField(this.overlays[name], picture);
    Object.assign(seen, { spannedScene: this.spannedScene, pictured: this.pictured });
    return moved;
  }

  // Whether there is something to show; else the sentence that says why there is not.
  showWhy({ why }) {
    const box = this.$(".io-why");
    box.hidden = !why;
    box.firstElementChild.textContent = why;
    this.$(".io-board").style.visibility = why ? "hidden" : "";
    return !why;
  }

  // What was chosen a moment ago counts: a frame on its way does not know it.
  showChecks() {
    const { settings } = this.sandbox;
    for (const box of this.sandbox.root.querySelectorAll("input[type=checkbox][name]")) {
      if (box.name in settings) box.checked = Boolean(settings[box.name]);
    }
  }

  spanRanges() {
    this.ranges.forEach((input, i) => {
      const [low, high] = this.kept.scene.extent[i];
      Object.assign(input, {
        min: low,
        max: high,
        step: (high - low) / 500,
        ariaLabel: `${this.kept.scene.names[i]} of the point`,
      });
      const name = input.closest("label").querySelector("i");
      Object.assign(name, { textContent: this.kept.scene.names[i], title: this.kept.scene.names[i] });
    });
  }

  showPlace(at) {
    this.ranges.forEach((input, i) => {
      if (!this.sandbox.drags.holds(`x${i + 1}`)) input.value = at[i];
      input.closest("label").querySelector("output").value = fixed(at[i]);
    });
  }

  // The options of a select, when they are others than before: [value, text].
  fillSelect(select, options, value) {
    const key = JSON.stringify(options);
    if (select.dataset.options !== key) {
      select.dataset.options = key;
      select.replaceChildren(...options.map(([each, text]) => new Option(text, each)));
    }
    if (value !== undefined) select.value = value;
  }
}

// A boundary as dots: whatever lies below, they are seen.
export function drawDots(pen, dots, x, y, colour, rim) {
  for (const [fill, radius] of [[rim, 2.2], [colour, 1.3]]) {
    pen.fillStyle = fill;
    pen.beginPath();
    for (let i = 0; i < dots.length; i += 2) {
      const [px, py] = [x(dots[i]), y(dots[i + 1])];
      pen.moveTo(px + radius, py);
      pen.arc(px, py, radius, 0, 2 * Math.PI);
    }
    pen.fill();
  }
}

// A way from place to place, and where it has come to.
export function drawPath(pen, path, x, y, { colour, rim, dash = "solid", width = 2.5 }) {
  const points = [];
  for (let i = 0; i < path.length; i += 2) points.push([x(path[i]), y(path[i + 1])]);
  stroke(pen, points, { colour: rim, width: width + 3 });
  stroke(pen, points, { colour, width, dash });
  return points;
}
