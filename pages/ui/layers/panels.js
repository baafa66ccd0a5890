// Clouds of points on canvases: on a line, in the plane and in space, with the grid and the borders
// that go with them. All numbers are the server's; here they are turned toward the viewer and drawn.

import { clearedPen, marker, ring } from "../drawing/canvas.js";
import { minus } from "../drawing/text.js";

const RADIANS = Math.PI / 180;
const SHRUNK = 0.64; // a cube seen from any side fits into the square of the plane
const EDGES = [[0, 1], [0, 2], [0, 4], [1, 3], [1, 5], [2, 3], [2, 6], [3, 7], [4, 5], [4, 6], [5, 7], [6, 7]];

export const signed = (x, digits = 2) => {
  const text = Math.abs(x) >= 1e4 || (x && Math.abs(x) < 0.5 * 10 ** -digits) ? x.toExponential(0) : x.toFixed(digits);
  return text.replaceAll("-", "−");
};
export const tickText = (x) => minus(Number(x.toPrecision(3)));

// The groups that points are drawn in: class by class, or by steps of a number.
export class Groups {
  constructor({ training, regression }, members, lanes) {
    Object.assign(this, { regression, lanes, size: members.length });
    this.lists = [];
    members.forEach((group, i) => {
      const kind = i < training ? "training" : "test";
      const list = (this.lists[group] ??= { group, training: [], test: [] });
      list[kind].push(i);
    });
    this.lists = this.lists.filter(Boolean);
  }

  look({ classes, symbols, numbers }, theme, group) {
    return this.regression ? [numbers[theme][group], "circle"] : [classes[group], symbols[group]];
  }
}

// One canvas with one cloud. `view` holds
//   dimensions, points, box {center, half, ticks}, axes;   and if there are: lines and samples (of the
//   grid), cuts, spread (how far points on a line are spread into their lanes), picture (an image
//   behind the plane, and where it is: extent), ranges (texts in place of the box's own);
//   camera {turn, tilt}, depth, groups, looks, dark, paper, heightName.
export class Panel {
  constructor(canvas) {
    this.canvas = canvas;
  }

  show(view) {
    this.view = view;
    const { dimensions, depth = dimensions === 3 ? 1 : 0 } = view;
    this.theme = view.dark ? "dark" : "light";
    this.ink = view.looks.ink[this.theme];
    const pen = (this.pen = clearedPen(this.canvas));
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    this.side = Math.max(10, Math.min(width - 40, height - 26));
    this.left = 32 + (width - 40 - this.side) / 2;
    this.top = 6 + (height - 26 - this.side) / 2;
    this.depth = depth;
    this.aim(view);
    pen.font = `11px ${(this.font ??= getComputedStyle(this.canvas).fontFamily)}`;
    this.drawFrame();
    pen.save();
    pen.beginPath();
    pen.rect(this.left, this.top, this.side, this.side);
    pen.clip();
    if (depth > 0.01) this.drawCube();
    if (view.picture) this.drawPicture(view);
    if (view.lines) this.drawLines(view);
    this.place(view);
    this.drawCloud(view);
    pen.restore();
    if (depth > 0.01) this.nameAxes();
    else this.drawTicks();
  }

  // Sines and cosines of the camera; it looks straight at the first two axes where depth is 0.
  aim({ camera = { turn: 0, tilt: 0 } }) {
    const [a, b] = [camera.turn * this.depth * RADIANS, camera.tilt * this.depth * RADIANS];
    const [sa, ca, sb, cb] = [Math.sin(a), Math.cos(a), Math.sin(b), Math.cos(b)];
    this.right = [ca, -sa, 0];
    this.up = [sa * cb, ca * cb, sb];
    this.near = [-sa * sb, -ca * sb, cb];
    this.scale = (this.side / 2) * (1 - (1 - SHRUNK) * this.depth);
  }

  // Where a point of so many numbers is on screen.
  at(point) {
    const { center, half } = this.view.box;
    let [u, v] = [0, 0];
    for (let k = 0; k < center.length; k++) {
      const value = (point[k] - center[k]) / half;
      u += value * this.right[k];
      v += value * this.up[k];
    }
    return [this.left + this.side / 2 + u * this.scale, this.top + this.side / 2 - v * this.scale];
  }

  // The same for rows of so many numbers, one after the other: [all x, all y].
  places(rows, dimensions) {
    const { center, half } = this.view.box;
    const n = rows.length / dimensions;
    const [x, y] = [
      new Float32Array(n).fill(this.left + this.side / 2),
      new Float32Array(n).fill(this.top + this.side / 2),
    ];
    for (let k = 0; k < dimensions; k++) {
      const [across, upward, middle] = [
        (this.right[k] * this.scale) / half,
        (this.up[k] * this.scale) / half,
        center[k],
      ];
      for (let i = 0, at = k; i < n; i++, at += dimensions) {
        const value = rows[at] - middle;
        x[i] += value * across;
        y[i] -= value * upward;
      }
    }
    return [x, y];
  }

  // The places of all points on screen, for drawing and for the pointer.
  place({ points, dimensions, groups, spread = 0 }) {
    [this.x, this.y] = this.places(points, dimensions);
    const on = dimensions === 1 ? 1 : spread;
    if (on) groups.lanes.forEach((lane, i) => (this.y[i] -= (on * lane * this.side) / 2));
  }

  // -------------------------------------------------------------- around the points

  drawFrame() {
    const { pen, left, top, side } = this;
    Object.assign(pen, { strokeStyle: this.ink, globalAlpha: 0.35 * (1 - this.depth), lineWidth: 1 });
    pen.strokeRect(left - 0.5, top - 0.5, side + 1, side + 1);
    pen.globalAlpha = 1;
  }

  drawTicks() {
    const { pen, left, top, side, view } = this;
    const { box, dimensions, axes, spread = 0 } = view;
    Object.assign(pen, { fillStyle: this.ink, strokeStyle: this.ink });
    const zero = box.center.map(() => 0);
    pen.textAlign = "center";
    for (const tick of box.ticks[0]) {
      const [x] = this.at([tick, ...zero.slice(1)]);
      if (x < left - 1 || x > left + side + 1) continue;
      pen.fillText(tickText(tick), x, top + side + 12);
      pen.fillRect(x - 0.5, top + side - 4, 1, 4);
    }
    pen.textAlign = "right";
    const flat = dimensions === 1 || spread > 0.5;
    for (const tick of flat ? [] : (box.ticks[1] ?? [])) {
      const [, y] = this.at([box.center[0], tick, ...zero.slice(2)]);
      pen.fillText(tickText(tick), left - 4, y + 4);
      pen.fillRect(left, y - 0.5, 4, 1);
    }
    const [across, upward] = axes;
    if (across) this.write(across, left + side - 3, top + side - 7, "right");
    if (flat && view.heightName) this.write(view.heightName, left + 4, top + 12, "left");
    else if (upward) this.write(upward, left + 4, top + 12, "left");
  }

  drawCube() {
    const { pen, view } = this;
    const { center, half } = view.box;
    const corners = Array.from({ length: 8 }, (_, i) => center.map((c, k) => c + half * (i & (4 >> k) ? 1 : -1)));
    const places = corners.map((corner) => this.at(corner));
    Object.assign(pen, { strokeStyle: this.ink, lineWidth: 1 });
    for (const [i, j] of EDGES) {
      pen.globalAlpha = this.depth * (i === 0 ? 0.75 : 0.18);
      pen.beginPath();
      pen.moveTo(...places[i]);
      pen.lineTo(...places[j]);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    this.corners = places;
  }

  // The names of the axes of space with their ends: at the ends of two edges of the floor, and above
  // the upright edge furthest left.
  nameAxes() {
    const { view, corners } = this;
    const { center, half } = view.box;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const ranges = view.ranges ?? center.map((c) => [c - half, c + half].map(tickText).join("…"));
    const large = this.side > 220;
    const taken = []; // of names written so far, so that none is written over another
    const leftmost = corners.reduce((best, [x], i) => (i % 2 && x < corners[best][0] ? i : best), 1);
    view.axes.forEach((name, k) => {
      const [x, y] = corners[k === 2 ? leftmost : 4 >> k];
      const align = x > width * 0.7 ? "right" : x < width * 0.3 ? "left" : "center";
      const text = large ? `${name}  ${ranges[k]}` : name;
      const size = this.pen.measureText(text).width;
      const at = Math.min(Math.max(x, 4), width - 4);
      const start = Math.min(Math.max(at - size * { left: 0, center: 0.5, right: 1 }[align], 2), width - size - 2);
      let down = Math.min(Math.max(y + (k === 2 ? -5 : 13), 11), height - (large ? 4 : 17));
      const clash = () => taken.some(([a, b, c]) => start < b + 4 && a < start + size + 4 && Math.abs(down - c) < 13);
      const step = down > height / 2 ? -13 : 13;
      for (let tries = 0; clash() && tries < 3; tries++) down += step;
      taken.push([start, start + size, down]);
      this.write(text, start, down, "left");
    });
    if (large) return;
    const same = ranges.every((range) => range === ranges[0]);
    const texts = [
      same ? `all axes ${ranges[0]}` : ranges.join(" × "),
      view.ranges ? "" : `each side ${tickText(2 * half)}`,
    ];
    this.write(
      texts.find((text) => this.pen.measureText(text).width < width - 4) ?? "",
      width / 2,
      height - 3,
      "center",
    );
  }

  // Text that stays readable over lines and points.
  write(text, x, y, align) {
    const { pen, view } = this;
    Object.assign(pen, {
      textAlign: align,
      fillStyle: this.ink,
      strokeStyle: view.paper,
      lineWidth: 3.5,
      lineJoin: "round",
    });
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }

  // -------------------------------------------------------------- what is in it

  drawPicture({ picture, extent: [[x0, x1], [y0, y1]] }) {
    const [left, top] = this.at([x0, y1]);
    const [right, bottom] = this.at([x1, y0]);
    this.pen.imageSmoothingEnabled = true;
    this.pen.drawImage(picture, left, top, right - left, bottom - top);
  }

  // A line pauses where it has no number.
  drawLines({ lines, samples, dimensions, spread = 0 }) {
    if (dimensions === 1 || spread === 1) return; // all on top of each other
    const { pen } = this;
    Object.assign(pen, { strokeStyle: this.ink, globalAlpha: 0.24 * (1 - spread), lineWidth: 1 });
    pen.beginPath();
    let held = false;
    const [x, y] = this.places(lines, dimensions);
    for (let i = 0; i < x.length; i++) {
      const on = x[i] === x[i] && y[i] === y[i];
      if (on && held && i % samples) pen.lineTo(x[i], y[i]);
      else if (on) pen.moveTo(x[i], y[i]);
      held = on;
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  // Of a plane in space first what lies behind it, then what is before it.
  drawCloud(view) {
    const { cuts = [], points, dimensions } = view;
    const planes = cuts.filter((cut) => cut.length > 2);
    if (planes.length !== 1 || dimensions !== 3) {
      for (const cut of planes) this.drawPlane(cut);
      this.drawPoints(() => true);
    } else {
      const [o, p, q] = planes[0];
      const [u, v] = [p, q].map((corner) => corner.map((value, k) => value - o[k]));
      const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
      const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
      const [toward, level] = [dot(normal, this.near) > 0, dot(normal, o)];
      const before = (i) =>
        normal[0] * points[3 * i] + normal[1] * points[3 * i + 1] + normal[2] * points[3 * i + 2] > level === toward;
      this.drawPoints((i) => !before(i));
      this.drawPlane(planes[0]);
      this.drawPoints(before);
    }
    for (const cut of cuts.filter((each) => each.length <= 2)) this.drawBorder(cut);
  }

  drawPoints(chosen) {
    const { pen, view, x, y } = this;
    const r = Math.max(2.2, Math.min(3.6, this.side / 75));
    for (const { group, training, test } of view.groups.lists) {
      const [colour, symbol] = view.groups.look(view.looks, this.theme, group);
      Object.assign(pen, { fillStyle: colour, strokeStyle: colour, lineWidth: 1.2 });
      for (const [list, finish] of [[test, "stroke"], [training, "fill"]]) {
        pen.beginPath();
        for (const i of list) if (chosen(i)) marker(pen, symbol, x[i], y[i], r);
        pen[finish]();
      }
    }
  }

  drawPlane(corners) {
    const { pen } = this;
    pen.beginPath();
    for (const corner of corners) pen.lineTo(...this.at(corner));
    pen.closePath();
    Object.assign(pen, { fillStyle: this.ink, globalAlpha: 0.16 });
    pen.fill();
    Object.assign(pen, { strokeStyle: this.ink, globalAlpha: 0.9, lineWidth: 1.5 });
    pen.setLineDash([7, 5]);
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  // A line in the plane, or a place on a line.
  drawBorder(ends) {
    const { pen, top, side } = this;
    const places = ends.map((end) => this.at(end));
    const line = places.length === 2 ? places : [[places[0][0], top], [places[0][0], top + side]];
    for (const [colour, width, dash] of [[this.view.paper, 5, []], [this.ink, 2.2, [8, 5]]]) {
      Object.assign(pen, { strokeStyle: colour, lineWidth: width });
      pen.setLineDash(dash);
      pen.beginPath();
      for (const place of line) pen.lineTo(...place);
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  // A ring around a point.
  mark(i) {
    if (!(i < (this.x?.length ?? 0))) return;
    ringPoint(this.pen, this.x[i], this.y[i], this.ink, this.view.paper);
  }

  // -------------------------------------------------------------- the pointer

  // The point nearest to a place on the page within some pixels, or -1.
  nearest(event, within = 14) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [-1, within];
    for (let i = 0; i < (this.x?.length ?? 0); i++) {
      const distance = Math.hypot(this.x[i] - x, this.y[i] - y);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }
}

// The point that is followed.
export const ringPoint = (pen, x, y, ink, paper) => ring(pen, x, y, 7, ink, paper, [2.4, 5]);
