// The computation graph: values on their way to the right, gradients on their way back.
// A part of the Backprop board.

import { setHTML, setText } from "../drawing/text.js";
import { numeral, paintCells, sizeWords, tintOf } from "./matrix.js";

const SPOT_ROWS = 4; // numbers of a column that are written in the graph; more are a strip

export class Graph {
  constructor(board, root) {
    Object.assign(this, { board, root, spots: {} });
  }

  draw({ columns, spots, place, step }) {
    const shape = JSON.stringify([columns, Object.entries(spots).map(([id, each]) => [id, each.size, each.place])]);
    if (shape !== this.shape) this.build(columns, spots);
    this.shape = shape;
    this.data = spots;
    for (const [id, spot] of Object.entries(this.spots)) this.show(spot, spots[id], place, step?.id === id);
    const there = (ids) => ids.some((id) => spots[id]?.place <= place);
    this.columns.forEach(({ root, above, below }, i) => {
      root.classList.toggle("bp-done", there(above));
      // An edge whose gradient has no place of its own: it is there when the box behind it is.
      const behind = this.columns[i + 1]?.below ?? this.columns[i - 2]?.below ?? [];
      root.classList.toggle("bp-returned", there(below.length ? below : behind));
    });
    if (step?.id !== this.present) this.bringIntoView(step);
    this.present = step?.id;
  }

  build(columns, spots) {
    this.spots = {};
    this.columns = columns.map(({ label, above, below }) => {
      const root = document.createElement("div");
      root.className = label ? "bp-column bp-boxed" : "bp-column bp-edge";
      const middle = label
        ? `<div class="bp-box fm"><span>${label}</span></div>`
        : `<div class="bp-arrows" aria-hidden="true"><i class="bp-to"></i><i class="bp-from"></i></div>`;
      root.innerHTML = `<div class="bp-above"></div>${middle}<div class="bp-below"></div>`;
      for (const [ids, into] of [[above, root.firstChild], [below, root.lastChild]]) {
        into.append(...ids.filter((id) => spots[id]).map((id) => this.buildSpot(id, spots[id])));
      }
      return { root, above, below };
    });
    this.root.replaceChildren(...this.columns.map(({ root }) => root));
  }

  buildSpot(id, { size, place, back }) {
    const root = Object.assign(document.createElement("button"), { type: "button", className: "bp-spot" });
    root.dataset.id = id;
    root.classList.toggle("bp-gradient", back);
    const [rows, columns] = size;
    const written = rows <= SPOT_ROWS && columns === 1;
    root.innerHTML = `<span class="fm"></span>` +
      `<span class="bp-mini">${written ? "<b></b>".repeat(rows) : "<canvas></canvas>"}</span>`;
    root.onclick = () => this.board.jump(place || this.firstUse(id));
    root.onpointerenter = root.onfocus = () => this.light(id);
    root.onpointerleave = root.onblur = () => this.light(null);
    const [symbol, mini] = root.children;
    this.spots[id] = {
      root,
      symbol,
      written,
      numbers: [...mini.querySelectorAll("b")],
      canvas: mini.querySelector("canvas"),
    };
    return root;
  }

  // What is given has no step of its own: the first that uses it.
  firstUse(id) {
    const places = Object.values(this.data).filter(({ uses }) => uses.includes(id)).map(({ place }) => place);
    return Math.min(...places, this.board.count);
  }

  show(spot, data, place, present) {
    const there = data.place <= place;
    spot.root.classList.toggle("bp-hidden", !there);
    spot.root.classList.toggle("bp-present", present);
    setHTML(spot.symbol, data.symbol);
    const { tints, ink } = this.board;
    spot.numbers.forEach((number, i) => {
      const value = data.values[i][0];
      setText(number, there ? numeral(value) : "·");
      number.style.background = there ? tintOf(tints, value, data.scale) : "";
      if (there) number.dataset.value = value;
      else delete number.dataset.value;
    });
    if (spot.canvas) {
      const [rows, columns] = data.size;
      const side = Math.min(10, 46 / rows, 64 / columns);
      const shown = there ? data : { size: data.size };
      paintCells(spot.canvas, shown, tints, [columns === 1 ? 14 : side, side], ink);
    }
    if (spot.there === there) return;
    spot.there = there;
    spot.root.title = there ? `${sizeWords(data.size)}; click for its step` : "Not computed yet; click to go there";
    spot.root.setAttribute(
      "aria-label",
      `${data.place ? "" : "given "}${spot.root.dataset.id}, ` +
      `${sizeWords(data.size)}${there ? "" : ", not computed yet"}`,
    );
  }

  // Where a spot came from (a single frame) and where it goes (a double one).
  light(id) {
    const from = id ? this.data[id].uses : [];
    for (const [other, { root }] of Object.entries(this.spots)) {
      root.classList.toggle("bp-source", from.includes(other));
      root.classList.toggle("bp-user", Boolean(id) && this.data[other].uses.includes(id));
    }
  }

  bringIntoView(step) {
    const root = this.spots[step?.id]?.root;
    if (!root) return;
    const [box, mine] = [this.root.getBoundingClientRect(), root.getBoundingClientRect()];
    if (mine.left < box.left) this.root.scrollLeft += mine.left - box.left - 40;
    if (mine.right > box.right) this.root.scrollLeft += mine.right - box.right + 40;
  }
}
