// The Backprop page's board: a graph, the step that was done last with every number, and the step of
// gradient descent. The numbers are the server's; here they are drawn, and lit where they belong.

import { DescentPanel } from "./descent.js";
import { Graph } from "./graph.js";
import { setHTML, setText } from "../drawing/text.js";
import {
  allDigits, MatrixCard, numeral, ofNumber, paintCells, relatives, sizeWords,
} from "./matrix.js";
import { PointPicture } from "./point.js";
import { mountSandbox } from "../sandbox/sandbox.js";
import { Transport } from "../sandbox/transport.js";

export default (component) => mountSandbox(component, BackpropBoard);

const PACE = 900; // ms between two steps that play
const HELP = "Rest on a number: in the graph, a single frame is where it came from, a double one where it goes.";
const FIELDS = { "x₁": "x1", "x₂": "x2", y: "y", Layer: "layer", Neuron: "unit", η: "rate" };
const MOST_LISTED = 64; // checks in the list
const NETWORK = ["neuron", "layer", "network"];

class BackpropBoard {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    this.place = this.count = 0;
    this.graph = new Graph(this, this.$(".bp-graph"));
    this.point = new PointPicture(this);
    this.descent = new DescentPanel(this);
    this.$(".bp-next").onclick = () => this.step(1);
    this.$(".bp-back").onclick = () => this.step(-1);
    this.$(".bp-play").onclick = () => this.play(!this.timer);
    for (const field of this.$(".bp-which").querySelectorAll("input")) {
      this.bindField(field, (value) => sandbox.set({ [field.name]: value }));
    }
    this.$("[name=place]").addEventListener("input", () => this.play(false));
    // Before the transport: on this page the arrows move the microscope.
    const board = this;
    sandbox.useKeys(this, {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      get " "() {
        return board.ofNetwork ? undefined : () => board.play(!board.timer);
      },
      get s() {
        return board.ofNetwork ? undefined : () => board.step(1);
      },
      get r() {
        return board.ofNetwork ? undefined : () => board.jump(0);
      },
    });
    this.transport = new Transport(sandbox);
    this.$(".tr-time").title = "Every epoch so far: drag to look at an earlier one";
  }

  end() {
    this.play(false);
  }

  get ofNetwork() {
    return NETWORK.includes(this.sandbox.settings?.level);
  }

  get tints() {
    return this.sandbox.data.tints[this.sandbox.theme];
  }

  get ink() {
    return this.sandbox.data.ink[this.sandbox.theme];
  }

  themed() {
    if (this.frame) this.draw(this.frame);
  }

  // -------------------------------------------------------------- the walk

  step(by) {
    this.play(false);
    this.jump(this.place + by);
  }

  jump(place) {
    this.place = Math.max(0, Math.min(this.count, place));
    this.sandbox.set({ place: this.place, panel: "step" });
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = on
      ? setInterval(() => (this.place < this.count ? this.jump(this.place + 1) : this.play(false)), PACE)
      : null;
    this.$(".bp-play").textContent = on ? "Pause the steps" : "Play the steps";
    if (on) this.jump(this.place < this.count ? this.place + 1 : 0);
  }

  // -------------------------------------------------------------- a frame

  draw(frame) {
    this.frame = frame;
    const { header, blobs } = frame;
    const { settings } = header;
    this.build();
    const board = blobs.board;
    this.count = board.steps.length;
    if (!this.sandbox.drags.holds("place")) this.place = board.place;
    this.sandbox.root.dataset.place = board.place;
    this.showChoices(settings, board);
    this.placeMessage(header.problem);
    this.transport.show(header);
    this.$(".bp-about").textContent = header.training.about;
    this.graph.draw(board);
    if (this.ofNetwork) this.point.draw(settings, board.point, blobs);
    const descends = settings.panel === "descent";
    this.$(".bp-step").hidden = descends;
    this.$(".bp-descent").hidden = !descends;
    if (descends && blobs.descent) this.descent.draw(blobs.descent.step);
    if (!descends) this.drawStep(board);
  }

  // Once: what the page's data name.
  build() {
    if (this.built) return;
    this.built = true;
    const { levels, activations } = this.sandbox.data;
    this.$(".bp-levels").insertAdjacentHTML("beforeend", Object.entries(levels).map(([name, title]) =>
      `<label><input type="radio" name="level" value="${name}" data-own><span>${title}</span></label>`).join(""));
    for (const radio of this.$(".bp-levels").querySelectorAll("input")) {
      radio.onchange = () => {
        this.play(false);
        this.sandbox.set({ level: radio.value, place: 1 });
      };
    }
    for (const name of ["inner", "outer"]) {
      this.$(`[name=${name}]`).append(...Object.entries(activations).map(([key, title]) => new Option(title, key)));
      this.$(`[name=${name}]`).value = this.sandbox.settings[name];
    }
  }

  showChoices({ level, detail }, { most, place: now }) {
    const { root, data: { signals } } = this.sandbox;
    const { back, good } = signals[this.sandbox.theme];
    root.style.setProperty("--back", back);
    root.style.setProperty("--good", good);
    root.dataset.level = level;
    for (const radio of this.$(".bp-levels").querySelectorAll("input")) radio.checked = radio.value === level;
    for (const part of root.querySelectorAll("[data-levels]"))
      part.hidden = !part.dataset.levels.split(" ").includes(level);
    this.$(".tr").hidden = !this.ofNetwork;
    this.$(".bp-unit").hidden = !(level === "neuron" || (level === "network" && detail === "neuron"));
    this.$(".bp-panels").hidden = level === "chain";
    for (const name in most ?? {}) {
      const field = this.$(`[name=${name}]`);
      field.max = most[name];
      this.showField(field, this.frame.header.settings[name]);
    }
    const slider = this.$("[name=place]");
    slider.max = this.count;
    if (!this.sandbox.drags.holds("place")) slider.value = now;
    this.sandbox.showText(slider);
    this.$(".bp-jump b").textContent = this.count;
    this.$(".bp-back").disabled = now === 0;
    this.$(".bp-next").disabled = now === this.count;
  }

  // -------------------------------------------------------------- fields

  // A field that is typed into: `say(value)` when it is left or Enter is pressed, "" for no number.
  bindField(field, say) {
    field.oninput = () => (field.typing = true);
    field.onchange = () => {
      field.typing = false;
      say(field.value === "" ? "" : Number(field.value));
    };
    field.onblur = () => {
      if (field.typing) field.onchange(); // letters: for the browser they are no change
    };
    field.onkeydown = ({ key }) => {
      if (key === "Enter") field.onblur();
    };
  }

  // What the server counts with, unless somebody is typing.
  showField(field, value) {
    if (field.typing) return;
    if (Number(field.value) !== value || field.value === "") field.value = value;
  }

  // What could not be done is said beside its field.
  placeMessage(problem) {
    const message = this.$(".pg-message");
    const field = this.$(`[name=${FIELDS[problem.split(":")[0]] ?? "none"}]`);
    const beside = field?.offsetParent && field.closest(".bp-inputs");
    message.classList.toggle("bp-beside", Boolean(beside));
    if (beside) {
      if (beside.nextElementSibling !== message) beside.after(message);
    } else if (message.parentElement !== this.sandbox.root) this.sandbox.root.prepend(message);
  }

  // -------------------------------------------------------------- the present step

  drawStep({ step, chain, place }) {
    this.$(".bp-way").textContent = step ? (step.back ? "⟵ backward" : "⟶ forward") : "";
    this.$(".bp-step").classList.toggle("bp-backward", Boolean(step?.back));
    this.$(".bp-name").textContent = step ? step.name : "Nothing is computed yet. Next does the first step.";
    this.write(".bp-formula", step?.formula ?? "");
    const cards = step?.factors.length > 0;
    const scalar = step?.result.size.every((n) => n === 1);
    const worked = step?.numbers.slice(1).includes("="); // more than the result alone
    this.write(".bp-numbers", worked && (scalar || !cards) ? step.numbers : "");
    this.$(".bp-note").textContent = step?.note ?? "";
    this.drawCards(step);
    this.drawChecks(step);
    this.drawChain(chain, place);
  }

  write(selector, html) {
    const element = this.$(selector);
    setHTML(element, html);
    element.hidden = !html;
  }

  drawCards(step) {
    const box = this.$(".bp-cards");
    box.hidden = !step;
    if (!step) return;
    const matrices = [...step.factors, step.result];
    const shape = JSON.stringify([step.id, step.signs, matrices.map(({ size }) => size)]);
    if (shape !== this.cardShape) {
      this.cardShape = shape;
      this.cards = matrices.map((matrix, index) => new MatrixCard(this, index, matrix));
      this.cards.at(-1).root.classList.add("bp-result");
      const signs = step.signs.length ? step.signs : [""];
      box.replaceChildren(...this.cards.flatMap((card, i) => [this.sign(signs[i] ?? ""), card.root]));
    }
    // A gradient that is another one, copied: as in its formula, the new one comes first.
    box.classList.toggle("bp-copy", step.factors.length === 1 && step.signs.join("") === "=");
    this.now = step;
    this.cards.forEach((card, i) => card.show(matrices[i]));
    if (this.under) this.touched(...this.under);
    else this.$(".bp-readout").textContent = HELP;
  }

  sign(text) {
    return Object.assign(document.createElement("span"), { className: "bp-sign", textContent: text });
  }

  // A number is under the pointer or has the focus: where it came from and where it goes.
  touched(card, i, j) {
    this.under = card && this.cards.includes(card) ? [card, i, j] : null;
    const { link, origins, factors, id, checks } = this.now;
    const lit = this.under && relatives(link, card.index, i, j, factors.length);
    this.cards.forEach((each, k) => each.light(lit ? lit[k] : null));
    const own = this.under && (origins[card.index] ?? id);
    this.graph.light(own && this.graph.spots[own] ? own : null);
    if (!this.under) return void (this.$(".bp-readout").textContent = HELP);
    const value = card.matrix.values[i][j];
    const found = card.index === factors.length && checks?.entries.find(({ at }) => at[0] === i && at[1] === j);
    const beside = found
      ? `; finite difference ${allDigits(found.value)}, relative error ${numeral(found.error, 2)} ` +
        `${found.green ? "✓" : "✗"}`
      : "";
    this.$(".bp-readout").textContent = `row ${i + 1}, column ${j + 1}: ${allDigits(value)}${beside}`;
  }

  drawChecks(step) {
    const checks = step?.checks;
    this.$(".bp-checks").hidden = !checks;
    if (!checks) return;
    const { entries, green, worst, of, note } = checks;
    const verdict = this.$(".bp-verdict");
    verdict.dataset.green = green;
    const counted =
      entries.length < of
        ? `${entries.length} of ${of.toLocaleString("en")} entries`
        : of === 1
          ? "the number"
          : `all ${of} entries`;
    const said = `${green ? "✓ right" : "✗ not confirmed"}: ${counted}, relative error at most ` +
      `${numeral(worst, 2)}${green ? " < 1e−6" : ""}. ${note}`;
    setText(verdict, said);
    const few = entries.length <= MOST_LISTED ? entries : [];
    const list = this.$(".bp-list");
    if (this.listed !== few.length) {
      this.listed = few.length;
      const row = "<tr><td></td><td></td><td></td><td></td></tr>";
      list.innerHTML = few.length
        ? `<table><thead><tr><th scope="col">gradient</th><th scope="col">difference</th>` +
          `<th scope="col">rel. error</th><th scope="col"></th></tr></thead>` +
          `<tbody>${row.repeat(few.length)}</tbody></table>`
        : "<p>Rest the pointer on a number for its own check.</p>";
    }
    few.forEach(({ at: [i, j], value, error, green: good }, k) => {
      const cells = list.querySelector("tbody").rows[k].cells;
      const texts = [numeral(step.result.values[i][j], 4), numeral(value, 4), numeral(error, 2), good ? "✓" : "✗ off"];
      texts.forEach((text, c) => setText(cells[c], text));
      cells[1].dataset.value = value;
      cells[3].dataset.green = good;
    });
  }

  // The product of the chain rule: what is multiplied lights up, from right to left.
  drawChain(chain) {
    const box = this.$(".bp-chain");
    box.hidden = !chain;
    if (!chain) return;
    const { factors, done, product } = chain;
    const shape = JSON.stringify(factors.map(({ symbol, size }) => [symbol, size]));
    if (shape !== this.chainShape) {
      this.chainShape = shape;
      const each = factors.map(
        ({ symbol, shape: named, size }) =>
          `<div class="bp-factor"><span class="fm">${symbol}</span><canvas></canvas>` +
          `<span class="fm bp-shape">${named}</span><span class="bp-shape">${ofNumber(size) ? "" : sizeWords(size)}` +
          `</span></div>`,
      );
      box.innerHTML = `${each.join("<span>·</span>")}<span>=</span><div class="bp-factor bp-product" title="What the ` +
        `framed factors give, multiplied from the right: the gradient that has come back so far"><span>product` +
        `<br>so far</span><canvas></canvas><span class="fm bp-shape"></span><span class="bp-shape"></span></div>`;
    }
    const chips = [...box.querySelectorAll(".bp-factor")];
    const newest = chips[factors.length - done];
    if (done && this.newest !== newest)
      box.scrollLeft += newest.getBoundingClientRect().left - box.getBoundingClientRect().left - 120;
    this.newest = newest;
    [...factors, product].forEach((matrix, i) => {
      const chip = chips[i];
      chip.classList.toggle("bp-on", done > 0 && i >= factors.length - done);
      if (i === factors.length) {
        setHTML(chip.children[2], matrix?.shape ?? "—");
        setText(chip.children[3], matrix && !ofNumber(matrix.size) ? sizeWords(matrix.size) : "");
      }
      const canvas = chip.querySelector("canvas");
      const { size } = matrix ?? { size: [1, 1] };
      const side = Math.min(7, 28 / Math.max(...size));
      paintCells(canvas, matrix ?? { size }, this.tints, [Math.max(side, 5 / size[1]), side], this.ink);
    });
  }
}
