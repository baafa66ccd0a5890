// One value's card: a small picture with its points and axes, and its numbers. A part of the Compare page.

import { svgURI } from "./heatmap.js";
import { clearedPen, marker } from "../drawing/canvas.js";
import { minus, scoreText } from "../drawing/text.js";

const STROKES = { solid: "", dash: "8 5", dot: "2 4", dashdot: "8 4 2 4", longdash: "14 6", longdashdot: "14 5 2 5" };
const EDGES = { left: 22, right: 2, top: 2, bottom: 22 }; // px around a small picture, for its axes

export const shortLoss = (x) =>
  x === null ? "inf" : x < 1e-4 && x > 0 ? x.toExponential(1) : x < 100 ? x.toFixed(4) : x.toExponential(2);

export class Card {
  constructor(label, open) {
    const element = (this.element = document.createElement("article"));
    element.className = "cp-card";
    element.innerHTML = `
      <header><svg viewBox="0 0 34 14" xmlns="http://www.w3.org/2000/svg" aria-hidden="true"><path
        d="M1 7h32" stroke-width="3"/></svg><b></b><button type="button">→ Playground</button></header>
      <button type="button" class="cp-picture"><canvas></canvas><canvas></canvas></button>
      <dl><div><dt>train</dt><dd></dd></div><div><dt>test</dt><dd></dd></div><div><dt></dt><dd></dd></div></dl>`;
    element.querySelector("b").textContent = element.querySelector("b").title = label;
    const name = `Open ${label} in the Playground`;
    for (const button of element.querySelectorAll("button")) {
      Object.assign(button, { onclick: open, title: name });
      button.setAttribute("aria-label", name);
    }
    element.querySelector("header button").tabIndex = -1; // the picture is the same button
    [this.field, this.over] = element.querySelectorAll("canvas");
    this.numbers = element.querySelectorAll("dd");
  }

  style({ colours, dashes, regression, seeds, firstSeed }, i) {
    const path = this.element.querySelector("path");
    path.setAttribute("stroke", colours[i]);
    path.setAttribute("stroke-dasharray", STROKES[dashes[i]]);
    const names = this.element.querySelectorAll("dt");
    names[0].textContent = seeds > 1 ? `seed ${firstSeed}: train` : "train";
    names[2].textContent = regression ? "R²" : "accuracy";
  }

  sampleURI() {
    return svgURI(this.element.querySelector("svg").cloneNode(true), 34, 14);
  }

  showNumbers([train, test, score, diverged], regression) {
    const texts = [train, test].map((x) => (x === null ? "not finite" : shortLoss(x)));
    texts.push(scoreText(score, regression));
    texts.forEach((text, i) => (this.numbers[i].textContent = text));
    this.element.title = diverged ? `The numbers stopped being finite in epoch ${diverged}.` : "";
    if (diverged) this.numbers[1].textContent = "diverged";
  }

  // Where the axes are, in CSS pixels of the canvas.
  frame() {
    const { clientWidth: width, clientHeight: height } = this.field;
    const side = Math.max(10, Math.min(width - EDGES.left - EDGES.right, height - EDGES.top - EDGES.bottom));
    const left = EDGES.left + (width - EDGES.left - EDGES.right - side) / 2;
    return { left, top: EDGES.top, side };
  }

  // A picture of the plane, or the numbers of a line for each output unit.
  async drawField(field, scene) {
    if (scene.line) this.drawCurve(field, scene.units, scene);
    else {
      this.picture = await createImageBitmap(new Blob([field], { type: "image/png" }));
      this.paintField();
    }
  }

  paintField() {
    const pen = clearedPen(this.field);
    const { left, top, side } = this.frame();
    if (this.picture) pen.drawImage(this.picture, left, top, side, side);
  }

  drawCurve(values, units, { extent, colours }) {
    this.curve = [values, units, { extent, colours }];
    const pen = clearedPen(this.field);
    const { left, top, side } = this.frame();
    const [low, high] = extent[1];
    const n = values.length / units;
    Object.assign(pen, { strokeStyle: colours[0], lineWidth: 2.5 });
    pen.rect(left, top, side, side);
    pen.clip();
    for (let unit = 0; unit < units; unit++) {
      pen.beginPath();
      for (let k = 0; k < n; k++)
        pen.lineTo(left + (side * k) / (n - 1), top + (side * (high - values[unit * n + k])) / (high - low));
      pen.stroke();
    }
  }

  drawPoints(groups, { extent, axes, ink }) {
    if (this.curve) this.drawCurve(...this.curve);
    else this.paintField();
    const pen = clearedPen(this.over);
    const { left, top, side } = this.frame();
    const [[x0, x1], [y0, y1]] = extent;
    const px = (x) => left + (side * (x - x0)) / (x1 - x0);
    const py = (y) => top + (side * (y1 - y)) / (y1 - y0);
    Object.assign(pen, { lineWidth: 0.6, strokeStyle: "#ffffff" });
    for (const { x, y, colour, symbol } of groups) {
      x.forEach((_, k) => {
        pen.fillStyle = Array.isArray(colour) ? colour[k] : colour;
        pen.beginPath();
        marker(pen, symbol, px(x[k]), py(y[k]), 2.3);
        pen.fill();
        pen.stroke();
      });
    }
    Object.assign(pen, { strokeStyle: ink, lineWidth: 1, globalAlpha: 0.5 });
    pen.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
    Object.assign(pen, { globalAlpha: 1, fillStyle: ink, font: `11px ${getComputedStyle(this.element).fontFamily}` });
    const number = (v) => minus(Number(v.toPrecision(2)));
    const [xName, yName] = axes.map((name) => name.replace(/^x1$/, "x₁").replace(/^x2$/, "x₂"));
    const write = (text, x, y, align, width) => {
      pen.textAlign = align;
      pen.fillText(text, x, y, width);
    };
    const under = top + side + 12;
    write(number(x0), left, under, "left");
    write(number(x1), left + side, under, "right");
    write(xName, left + side / 2, under, "center", side - 60);
    write(number(y1), left - 3, top + 9, "right", left);
    write(number(y0), left - 3, top + side, "right", left);
    pen.translate(left - 5, top + side / 2);
    if (yName.length > 2) pen.rotate(-Math.PI / 2);
    write(yName, 0, 3, yName.length > 2 ? "center" : "right", side - 30);
  }
}
