// "Take the step": what -eta times the gradient makes of every weight and of the loss, for the example,
// for the batch to come, for everything. A part of the Backprop board.

import { setText } from "../drawing/text.js";
import { numeral, paintCells } from "./matrix.js";

const SIDES = { example: "this example", batch: "the next batch", all: "all training points" };

export class DescentPanel {
  constructor(board) {
    this.board = board;
    this.root = board.$(".bp-descent");
    this.root.innerHTML = `
      <div class="bp-sides">
        <div class="bp-inputs"><label title="Learning rate; 0 takes the network's own"><span>η</span><input
          type="number" name="rate" data-own min="0" max="10" step="any" aria-label="Learning rate η"></label>
          <button type="button" class="bp-train">Train the network with this batch</button></div>
        <table class="bp-side-table"><thead><tr><th scope="col">Step on</th><th scope="col">points</th>
          <th scope="col" title="The length of the gradient">|∂L|</th><th scope="col">direction</th>
          <th scope="col">own loss</th><th scope="col" class="bp-whole">loss of all, after</th></tr></thead>
          <tbody></tbody></table>
        <p class="bp-words"></p>
        <p class="bp-whither">Nothing has moved yet: this is what a step of −η · gradient would change.
          Direction: 1 is straight along the gradient of all training points, 0 across it, −1 against it (a cosine).</p>
        <div class="bp-sum"><p></p><div class="bp-scroll"><canvas role="img"
          aria-label="Gradients of the batch's examples, a row each; the last row is their mean"></canvas></div></div>
      </div>
      <div class="bp-weights"><p class="bp-verdict"></p><div class="bp-rows"><table><thead><tr>
        <th scope="col">weight</th><th scope="col">old</th><th scope="col">gradient</th>
        <th scope="col">difference</th><th scope="col"></th><th scope="col">−η · gradient</th>
        <th scope="col">new</th></tr></thead><tbody></tbody></table></div></div>`;
    this.$ = (selector) => this.root.querySelector(selector);
    this.rate = this.$("input");
    board.bindField(this.rate, (rate) => board.sandbox.set({ rate }));
    this.$(".bp-train").onclick = () => this.take();
  }

  take() {
    const { sandbox, ofNetwork } = this.board;
    if (ofNetwork) {
      sandbox.wire.send("train_batch");
      sandbox.commit();
      return;
    }
    const [w1, w2, w0] = this.step.rows.map(({ new: value }) => Math.max(-4, Math.min(4, value)));
    sandbox.set({ w1, w2, w0 });
  }

  draw(step) {
    this.step = step;
    if (!step) return;
    const { ofNetwork } = this.board;
    this.board.showField(this.rate, Number(step.rate.toPrecision(4)));
    const button = this.$(".bp-train");
    button.textContent = ofNetwork ? "Train the network with this batch" : "Move the weights there";
    button.hidden = ofNetwork && step.over !== "batch";
    this.drawSides(step, ofNetwork);
    this.$(".bp-words").textContent = step.words;
    this.$(".bp-whither").hidden = !ofNetwork;
    this.drawRows(step);
    this.drawSum(step.sum);
  }

  drawSides({ sides, of, over }, ofNetwork) {
    const body = this.$(".bp-side-table tbody");
    const names = Object.keys(sides);
    if (this.sidesOf !== names.join()) {
      this.sidesOf = names.join();
      body.innerHTML = names
        .map(
          (name) =>
            `<tr><th scope="row"><label><input type="radio" name="over" value="${name}" data-own> ` +
            `${SIDES[name]}</label></th>${"<td></td>".repeat(5)}</tr>`,
        )
        .join("");
      for (const radio of body.querySelectorAll("input")) {
        radio.onchange = () => this.board.sandbox.set({ over: radio.value });
      }
    }
    names.forEach((name, i) => {
      const { before, after, length, cosine, whole } = sides[name];
      const row = body.rows[i];
      row.classList.toggle("bp-chosen", name === over);
      row.querySelector("input").checked = name === over;
      const texts = [
        of[name],
        numeral(length),
        numeral(cosine),
        fromTo(before, after),
        ofNetwork ? numeral(whole, 4) : "",
      ];
      texts.forEach((text, k) => setText(row.cells[k + 1], text));
    });
    this.$(".bp-whole").textContent = ofNetwork ? "loss of all, after" : "";
  }

  drawRows({ rows, checks, parameters, zeros }) {
    const body = this.$(".bp-rows tbody");
    const names = rows.map(({ name }) => name).join();
    if (this.rowsOf !== names) {
      this.rowsOf = names;
      body.innerHTML = rows
        .map(({ name }) => `<tr><th scope="row" class="fm">${name}</th>${"<td></td>".repeat(6)}</tr>`)
        .join("");
    }
    rows.forEach(({ old, gradient, new: now }, i) => {
      const check = checks?.entries[i];
      const change = typeof now === "number" && typeof old === "number" ? now - old : now;
      const texts = [
        numeral(old, 4),
        numeral(gradient, 4),
        check ? numeral(check.value, 4) : "",
        check ? (check.green ? "✓" : "✗ off") : "",
        numeral(change, 4),
        numeral(now, 4),
      ];
      const cells = [...body.rows[i].cells].slice(1);
      cells.forEach((cell, k) => setText(cell, texts[k]));
      Object.assign(cells[0].dataset, { value: old });
      Object.assign(cells[1].dataset, { value: gradient });
      Object.assign(cells[5].dataset, { value: now });
      cells[3].dataset.green = check?.green;
    });
    const verdict = this.$(".bp-weights .bp-verdict");
    const few = rows.length < parameters;
    const still = zeros ? ` (${zeros.toLocaleString("en")} are exactly 0)` : "";
    const counted = few
      ? `The ${rows.length} largest of ${parameters.toLocaleString("en")} gradients${still}`
      : `All ${parameters} gradients`;
    verdict.dataset.green = checks?.green ?? "";
    verdict.textContent = !checks
      ? "So many points times weights are not checked by differences: choose the example or the batch."
      : `${checks.green ? "✓" : "✗"} ${counted} against finite differences: relative error at most ` +
        `${numeral(checks.worst, 2)}. ${checks.note}`;
  }

  drawSum(sum) {
    this.$(".bp-sum").hidden = !sum;
    if (!sum) return;
    const words = this.$(".bp-sum p");
    const canvas = this.$(".bp-sum canvas");
    canvas.hidden = !sum.examples;
    if (!sum.examples)
      return void (words.textContent = `The batch has more than ${sum.most} examples: they are summed, not drawn.`);
    words.textContent = `The gradient of each example (a row), and their mean (last row): it is the batch’s, up to ` +
      `${numeral(sum.apart, 2)}. Columns: the weights of the table.`;
    const [rows, columns] = [sum.examples.length, sum.examples[0].length];
    const side = Math.max(5, Math.min(14, Math.floor(130 / rows), Math.floor(420 / columns)));
    const mean = (i) => i === rows - 1;
    paintCells(
      canvas,
      { size: [rows, columns], values: sum.examples, scale: sum.scale },
      this.board.tints,
      [side, side],
      this.board.ink,
      mean,
    );
  }
}

// Before → after; where both would look the same, by how much it changes.
function fromTo(before, after) {
  const [from, to] = [numeral(before, 4), numeral(after, 4)];
  if (before === after) return `${from}, unchanged`;
  const sign = typeof after === "number" && after < before ? "↓" : "↑";
  return from === to ? `${from} ${sign} by ${numeral(Math.abs(after - before), 4)}` : `${from} → ${to} ${sign}`;
}
