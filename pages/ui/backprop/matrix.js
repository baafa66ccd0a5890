// Matrices with their numbers: small ones as cells that can be hovered and focused, large ones as
// heatmaps with the numbers on demand; and which number depends on which.
// A part of the Backprop board.

import { sizedPen } from "../drawing/canvas.js";
import { exponent, setHTML, setText } from "../drawing/text.js";

const WRITTEN = 6; // rows or columns: a larger matrix is a picture at first

// Always as wide; tiny numbers and exact zeros tell themselves apart.
export function numeral(value, digits = 3) {
  if (typeof value === "string") return value;
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text = size.toFixed(digits);
  if (size >= 10 ** (6 - digits) || (size !== 0 && size < 0.5 * 10 ** -digits)) text = size.toExponential(1);
  return (value < 0 ? "−" : "") + exponent(text);
}

export const allDigits = (value) => String(value).replaceAll("-", "−");

export const ofNumber = (size) => size.every((n) => n === 1);
export const sizeWords = ([rows, columns]) => `${rows} × ${columns}`;

export function tintOf(tints, value, scale) {
  if (typeof value === "string" || !scale) return tints[(tints.length - 1) / 2];
  const share = Math.max(-1, Math.min(1, value / scale));
  return tints[Math.round(((share + 1) / 2) * (tints.length - 1))];
}

// A matrix as a picture of cells, so many pixels wide and tall; `lit(i, j)` says which have a frame.
// It has its values, or only the colours of its entries (levels), or neither: not computed yet.
export function paintCells(canvas, { size: [rows, columns], values, levels, scale }, tints, [wide, tall], ink, lit) {
  const pen = sizedPen(canvas, columns * wide, rows * tall);
  (values ?? levels ?? []).forEach((row, i) => row.forEach((value, j) => {
    pen.fillStyle = values ? tintOf(tints, value, scale) : tints[value];
    pen.fillRect(j * wide, i * tall, wide + 0.3, tall + 0.3); // no seams between cells
  }));
  if (!lit) return;
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1.5 });
  values.forEach((row, i) => row.forEach((_, j) => {
    if (lit(i, j)) pen.strokeRect(j * wide + 0.75, i * tall + 0.75, wide - 1.5, Math.max(1, tall - 1.5));
  }));
}

// One matrix of the present step. `board` hears of the number under the pointer: touched(card, i, j).
export class MatrixCard {
  constructor(board, index, matrix) {
    Object.assign(this, { board, index, size: matrix.size });
    this.root = document.createElement("div");
    this.root.className = "bp-card";
    this.root.innerHTML = `<div class="bp-entries"></div><div class="bp-foot">` +
      `<span class="fm bp-symbol"></span></div><div class="fm bp-shape"></div>`;
    this.entries = this.root.firstChild;
    this.large = Math.max(...matrix.size) > WRITTEN;
    if (this.large) this.buildPicture();
    else this.buildCells(this.entries);
  }

  buildCells(into) {
    const [rows, columns] = this.size;
    const table = document.createElement("div");
    table.className = "bp-table";
    table.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    this.cells = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => {
      const cell = Object.assign(document.createElement("span"), { className: "bp-cell", tabIndex: 0 });
      cell.onpointerenter = cell.onfocus = () => this.board.touched(this, i, j);
      cell.onpointerleave = cell.onblur = () => this.board.touched(null);
      table.append(cell);
      return cell;
    }));
    into.replaceChildren(table);
  }

  buildPicture() {
    const canvas = document.createElement("canvas");
    const more = Object.assign(document.createElement("button"), {
      type: "button",
      className: "bp-more",
      textContent: "Numbers",
    });
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      const at = (p, length, n) => Math.max(0, Math.min(n - 1, Math.floor((p / length) * n)));
      return [
        at(event.clientY - box.top, box.height, this.size[0]),
        at(event.clientX - box.left, box.width, this.size[1]),
      ];
    };
    canvas.onpointermove = canvas.onpointerdown = (event) => this.board.touched(this, ...place(event));
    canvas.onpointerleave = () => this.board.touched(null);
    const box = document.createElement("div");
    box.className = "bp-scroll";
    box.append(canvas);
    more.onclick = () => {
      this.cells = null;
      const written = more.getAttribute("aria-pressed") === "true";
      more.setAttribute("aria-pressed", !written);
      if (written) box.replaceChildren(canvas);
      else this.buildCells(box);
      this.show(this.matrix);
    };
    this.canvas = canvas;
    this.entries.replaceChildren(box);
    this.root.querySelector(".bp-foot").append(more);
  }

  show(matrix) {
    this.matrix = matrix;
    const { tints } = this.board;
    setHTML(this.root.querySelector(".bp-symbol"), matrix.symbol);
    setHTML(
      this.root.querySelector(".bp-shape"),
      ofNumber(matrix.size) ? "number" : `${matrix.shape} = ${sizeWords(matrix.size)}`,
    );
    this.root.classList.toggle("bp-number", ofNumber(matrix.size));
    this.cells?.forEach((row, i) => row.forEach((cell, j) => {
      const value = matrix.values[i][j];
      setText(cell, matrix.diagonal && Number.isInteger(value) ? String(value) : numeral(value)); // gates: 0, 1
      cell.dataset.value = value;
      cell.style.background = tintOf(tints, value, matrix.scale);
      cell.classList.toggle("bp-nought", matrix.diagonal && i !== j);
    }));
    if (this.canvas) this.paint();
  }

  paint(lit) {
    const [rows, columns] = this.size;
    const side = Math.max(3, Math.min(14, 112 / Math.max(rows, columns / 3)));
    const wide = columns === 1 ? 24 : side;
    paintCells(this.canvas, this.matrix, this.board.tints, [wide, rows === 1 ? 18 : side], this.board.ink, lit);
  }

  // Frames around numbers: `lit(i, j)` is true for them; null takes all away.
  light(lit) {
    this.cells?.forEach((row, i) => row.forEach((cell, j) => cell.classList.toggle("bp-lit", Boolean(lit?.(i, j)))));
    if (this.canvas) this.paint(lit ?? undefined);
  }
}

// Which numbers belong to number (i, j) of matrix k: for each matrix of the step (its factors, then
// its result) a function (row, column) -> bool.
export function relatives(link, k, i, j, factors) {
  const result = factors;
  const same = (r, c) => r === i && c === j;
  const all = Array(factors + 1).fill(() => false);
  if (link === "all")
    return all.map((_, m) => (m === k ? same : (m === result) !== (k === result) ? () => true : () => false));
  if (link === "elementwise") return all.map(() => same);
  if (link === "diagonal") {
    const row = k === result ? (i === j ? i : -1) : i;
    return all.map((_, m) => (m === k ? same : m === result ? (r, c) => r === row && c === row : (r) => r === row));
  }
  all[k] = same;
  if (k === result) {
    all[0] = (r) => r === i;
    if (factors > 1) all[1] = (_, c) => c === j;
    if (factors > 2) all[2] = same;
  } else if (k === 0) {
    all[1] = (r) => r === j;
    all[result] = (r) => r === i;
  } else if (k === 1) {
    all[0] = (_, c) => c === i;
    all[result] = (_, c) => c === j;
  } else all[result] = same;
  return all;
}
