// The point that goes through the network: a small picture of the plane (or of the line) with the
// training points, where one is chosen by a click, and its numbers, which can be typed.
// A part of the Backprop board.

import { clearedPen } from "../drawing/canvas.js";
import { numeral, tintOf } from "./matrix.js";
import { dataURI } from "../live/frames.js";

const NEAR = 12; // px from a training point at which a click means it
// Outlines of the classes' markers, in palette.py's order; the first is a circle.
const polygon = (corners, inner = 1) => Array.from({ length: corners }, (_, i) => {
  const [r, angle] = [1.4 * (i % 2 ? inner : 1), (2 * Math.PI * i) / corners - Math.PI / 2];
  return [r * Math.cos(angle), r * Math.sin(angle)];
});
const PLUS = [
  [-1.3, -0.5], [-0.5, -0.5], [-0.5, -1.3], [0.5, -1.3], [0.5, -0.5], [1.3, -0.5],
  [1.3, 0.5], [0.5, 0.5], [0.5, 1.3], [-0.5, 1.3], [-0.5, 0.5], [-1.3, 0.5],
];
const turned = (points) => points.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
const MARKS = [null, turned(polygon(4)), polygon(3), polygon(4), PLUS, turned(PLUS), polygon(10, 0.45), polygon(5)];

export class PointPicture {
  constructor(board) {
    this.board = board;
    const { $ } = board;
    this.canvas = $(".bp-plane canvas");
    this.field = new Image();
    this.field.onload = () => this.paint();
    [this.x1, this.x2, this.y] = $(".bp-inputs").querySelectorAll("input");
    for (const input of [this.x1, this.x2, this.y]) board.bindField(input, (value) => this.typed(input.name, value));
    $(".bp-another").onclick = () => {
      const next = ((this.at.example ?? -1) + 1) % this.at.of;
      board.sandbox.set({ example: next });
    };
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.pointed(event);
      this.canvas.onpointermove = (moved) => this.pointed(moved);
      this.canvas.onpointerup = this.canvas.onpointercancel = () => {
        this.canvas.onpointermove = null;
        board.sandbox.commit();
      };
    };
  }

  typed(name, value) {
    const { at: [x1, x2 = 0], target: y } = this.at;
    this.board.sandbox.set({ example: -1, x1, x2, y, [name]: value });
  }

  // A click near a training point means it; elsewhere the label stays as it is.
  pointed(event) {
    if (!this.points || !this.at) return;
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [null, NEAR];
    this.points.at.forEach((_, k) => {
      const [x, y] = this.placeOf(k);
      const distance = Math.hypot(x - px, y - py);
      if (distance < least) [best, least] = [k, distance];
    });
    if (best !== null) return void this.board.sandbox.drags.wish({ example: best });
    const { low, high, bottom, top, side } = this.view;
    const neat = (value, span) =>
      Number(value.toPrecision(Math.max(1, 3 + Math.floor(Math.log10(Math.abs(value) / span + 1e-9)))));
    const x1 = neat(low + ((high - low) * Math.max(0, Math.min(side, px))) / side, high - low);
    const x2 = neat(top - ((top - bottom) * Math.max(0, Math.min(side, py))) / side, top - bottom);
    const y = this.flat ? this.at.target : x2;
    this.board.sandbox.drags.wish(
      this.flat
        ? { example: -1, x1, x2, y }
        : { example: -1, x1, ...(this.points.classes.length ? { y: this.at.target } : { y }) },
    );
  }

  // -------------------------------------------------------------- a frame

  draw(settings, at, { field, points, curves }) {
    this.at = at;
    if (points) this.points = points;
    this.curves = curves;
    this.flat = this.points.ends.length === 2;
    if (field) {
      const source = dataURI(field);
      if (source !== this.field.src) this.field.src = source;
    }
    const numbers = [at.at[0], at.at[1] ?? 0, at.target];
    [this.x1, this.x2, this.y].forEach((input, i) => {
      this.board.showField(input, Number(numbers[i].toPrecision(4)));
    });
    const { $ } = this.board;
    const [first, second] = this.points.names;
    $(".bp-x1").textContent = first ?? "x₁";
    $(".bp-x2").textContent = second ?? "x₂";
    this.x2.parentElement.hidden = !this.flat;
    const names = this.points.classes;
    $(".bp-y").textContent = "y";
    this.y.title = names.length ? names.map((name, k) => `${k}: ${name}`).join(", ") : this.points.targetName;
    $(".bp-another").textContent =
      at.example === null ? "To a training point" : `Next training point (${at.example + 1} of ${at.of})`;
    $(".bp-phi").textContent =
      `The network sees ${at.phi.map(([label, value]) => `${label} = ${numeral(value)}`).join(", ")}`;
    this.paint();
  }

  placeOf(k) {
    const { low, high, bottom, top, side } = this.view;
    const [x, y] = this.flat ? this.points.at[k] : [this.points.at[k][0], this.points.target[k]];
    return [((x - low) / (high - low)) * side, ((top - y) / (top - bottom)) * side];
  }

  paint() {
    if (!this.points || !this.at) return;
    const side = this.canvas.parentElement.clientWidth;
    if (!side) return;
    const [[low, high], vertical] = this.points.ends;
    const targets = this.points.target;
    const room = this.points.classes.length ? 0.25 : 0;
    const [bottom, top] = vertical ?? [Math.min(...targets) - room, Math.max(...targets) + room];
    this.view = { low, high, bottom, top, side };
    const pen = clearedPen(this.canvas, side, side);
    pen.imageSmoothingEnabled = false;
    if (this.flat && this.field.complete && this.field.naturalWidth) pen.drawImage(this.field, 0, 0, side, side);
    const { ink } = this.board;
    if (!this.flat && this.curves) this.paintCurves(pen, ink);
    const { classes } = this.board.sandbox.data;
    const reach = Math.max(...targets.map(Math.abs)) || 1;
    pen.globalAlpha = 0.75;
    this.points.at.forEach((_, k) => {
      const target = targets[k];
      const ofClass = this.points.classes.length > 0;
      pen.fillStyle = ofClass ? classes[target] : tintOf(this.board.tints, target, reach);
      this.mark(pen, ...this.placeOf(k), ofClass ? MARKS[target % MARKS.length] : null, 2.6);
    });
    pen.globalAlpha = 1;
    this.paintChosen(pen, ink);
    this.paintNames(pen, ink, this.board.sandbox.paper);
  }

  // What the axes are: the picture is too small for ticks, the numbers stand below it.
  paintNames(pen, ink, paper) {
    const { names, targetName } = this.points;
    const { side } = this.view;
    const [across, up] = [`${names[0] ?? "x₁"} →`, `↑ ${(this.flat ? names[1] : targetName) || "y"}`];
    Object.assign(pen, {
      font: "12px sans-serif",
      fillStyle: ink,
      strokeStyle: paper,
      lineWidth: 3,
      lineJoin: "round",
    });
    for (const [text, x, y] of [[up, 4, 13], [across, side - 4 - pen.measureText(across).width, side - 5]]) {
      pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    }
  }

  mark(pen, x, y, outline, r) {
    pen.beginPath();
    if (outline) for (const [a, b] of outline) pen.lineTo(x + a * r, y + b * r);
    else pen.arc(x, y, r, 0, 7);
    pen.fill();
  }

  paintCurves(pen, ink) {
    const { bottom, top, side } = this.view;
    const n = 64; // points of each curve
    for (let curve = 0; curve < this.curves.length / n; curve++) {
      pen.beginPath();
      for (let i = 0; i < n; i++) {
        pen.lineTo((i / (n - 1)) * side, ((top - this.curves[curve * n + i]) / (top - bottom)) * side);
      }
      Object.assign(pen, {
        strokeStyle: this.curves.length > n ? this.board.sandbox.data.classes[curve] : ink,
        lineWidth: 2,
      });
      pen.stroke();
    }
  }

  // A ring and a cross of lines: seen on any field, with any sight.
  paintChosen(pen, ink) {
    const { low, high, bottom, top, side } = this.view;
    const [a, b] = [this.at.at[0], this.flat ? this.at.at[1] : this.at.target];
    const [x, y] = [((a - low) / (high - low)) * side, ((top - b) / (top - bottom)) * side];
    pen.strokeStyle = ink;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.5;
    pen.strokeRect(x, -1, 0.01, side + 2);
    pen.strokeRect(-1, y, side + 2, 0.01);
    pen.globalAlpha = 1;
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.arc(x, y, 7, 0, 7);
    pen.stroke();
  }
}
