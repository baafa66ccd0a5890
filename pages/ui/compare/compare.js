// The Compare page: draws what the server computed, and sends back what the viewer chooses.

import { AxisControl } from "./axis_control.js";
import { Card, shortLoss } from "./card.js";
import { Charts } from "./charts.js";
import { Heatmap } from "./heatmap.js";
import { pictureOf } from "./picture.js";
import { epochText, scoreText, setText } from "../drawing/text.js";
import { mount, Shell } from "../live/shell.js";

export default (component) => mount(component, (root) => new Comparison(root));

class Comparison extends Shell {
  constructor(root) {
    super(root);
    this.frames = 0;
    this.cards = [];
    this.charts = new Charts(root);
    this.heatmap = new Heatmap(this.$(".cp-heat"), (row, column) => this.open([row, column]));
    this.axes = [...root.querySelectorAll(".cp-axis")].map((element) => new AxisControl(element, this));
    this.bind();
  }

  start() {
    for (const axis of this.axes) axis.offer(this.data.knobs);
    this.$("[name=speed]").max = this.data.speeds.length - 1;
    this.$("[name=epochs]").max = this.data.maxEpochs;
  }

  end() {
    this.resizer.disconnect();
    this.charts.destroy();
  }

  viewed() {
    return { theme: this.theme, measure: this.$("[name=measure]").value, heat: this.$("[name=heat]").value };
  }

  sendDragged({ speed, ...changes }) {
    const number = speed === undefined ? 0 : this.wire.send("speed", speed);
    return Object.keys(changes).length ? this.wire.send("choose", changes) : number;
  }

  // -------------------------------------------------------------- controls

  bind() {
    const press = (selector, action) => (this.$(selector).onclick = action);
    press(".cp-play", () => this.wire.send(this.playing ? "pause" : "play"));
    press(".cp-step", () => this.wire.send("step"));
    press(".cp-reset", () => this.wire.send("reset"));
    press(".cp-start", () => this.wire.send("sweep"));
    press(".cp-cancel", () => this.wire.send("cancel"));
    press(".cp-csv", () => this.wire.send("csv"));
    press(".cp-shot", () => this.takePicture());
    press(".cp-link", () => this.copyLink(this.$(".cp-link")));
    for (const button of this.$(".cp-modes").children)
      button.onclick = () => this.choose({ mode: button.dataset.mode });
    const speed = this.$("[name=speed]");
    const follow = () => {
      this.showSpeed(this.data.speeds[speed.value]);
      this.drags.wish({ speed: this.data.speeds[speed.value] });
    };
    this.drags.bind(speed, "speed", follow, follow);
    const seeds = this.$("[name=seeds]");
    const sow = () => {
      seeds.parentElement.querySelector("output").value = seeds.value;
      this.drags.wish({ seeds: Number(seeds.value) });
    };
    this.drags.bind(seeds, "seeds", sow, () => (sow(), this.commit()));
    this.$("[name=epochs]").onchange = ({ target }) => {
      if (target.value === "") target.value = this.settings.epochs; // nothing, or no number
      else this.choose({ epochs: Number(target.value) });
    };
    for (const name of ["measure", "heat"]) this.$(`[name=${name}]`).onchange = () => this.sendView();
    this.$("[name=log]").onchange = () => this.showScale();
    this.resizer = new ResizeObserver(() => {
      this.drawCards();
      this.heatmap.draw();
    });
    this.resizer.observe(this.root);
  }

  choose(changes) {
    this.wire.send("choose", changes);
    this.commit();
  }

  open(place) {
    this.wire.untell();
    this.setTriggerValue("open", place);
  }

  // -------------------------------------------------------------- frames

  async draw({ header, blobs }) {
    this.root.dataset.mode = header.mode;
    if (header.settings) this.showSettings(header.settings, header.mode);
    if (blobs.scene) await this.drawScene(blobs.scene);
    if (this.gone) return; // the page was left while that was drawn
    if (blobs.points) {
      this.points = blobs.points;
      this.drawCards();
    }
    const fields = this.scene?.line ? blobs.line : blobs.picture;
    await Promise.all(fields.map((field, i) => this.cards[header.drawn[i]]?.drawField(field, this.scene)));
    if (this.gone) return;
    if (header.numbers) this.showNumbers(header.numbers);
    if (header.rows) this.showTable(header.rows);
    if (blobs.bands) await this.charts.draw(blobs, header.charted, header.goal);
    if (blobs.cells) this.showCells(blobs.cells);
    if (blobs.csv) save(new Blob([blobs.csv], { type: "text/csv" }), "comparison.csv");
    this.showState(header);
    this.root.dataset.epoch = header.epoch;
    if (fields.length || blobs.cells) this.frames += 1;
    this.root.dataset.frames = this.frames;
  }

  get scheme() {
    return { ink: getComputedStyle(this.root).color, paper: this.paper };
  }

  showSettings(settings, mode) {
    this.settings = settings;
    for (const axis of this.axes)
      axis.show(settings[axis.name], this.data.most[axis.name === "side" ? "side" : "grid"]);
    for (const button of this.$(".cp-modes").children)
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    const seeds = this.$("[name=seeds]");
    Object.assign(seeds, { min: 1, max: this.data.maxSeeds[mode] });
    if (!this.drags.holds("seeds")) {
      seeds.value = settings.seeds;
      seeds.parentElement.querySelector("output").value = settings.seeds;
    }
    const epochs = this.$("[name=epochs]");
    epochs.value = settings.epochs;
    epochs.removeAttribute("aria-invalid");
    for (const option of this.root.querySelectorAll("option[value$='_loss']")) {
      option.disabled = !settings.sameLoss; // in different units
    }
  }

  showSpeed(speed) {
    this.$("[name=speed]").parentElement.querySelector("output").value = speed === null ? "max" : `${speed} / s`;
  }

  showState({ epoch, goal, playing, speed, problem, built, conclusion, needed, sweep, mode }) {
    const held = this.$(".cp-held");
    const words = problem || `Held equal, as set on the Playground: ${this.settings.held}; ${this.settings.fair}.`;
    if (held.textContent !== words) held.textContent = held.title = words;
    held.toggleAttribute("data-problem", Boolean(problem));
    if (problem.startsWith("epochs:")) this.$("[name=epochs]").setAttribute("aria-invalid", "true");
    if (!problem)
      for (const input of this.root.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    this.playing = playing;
    const play = this.$(".cp-play");
    setText(play, playing ? "Pause" : "Play");
    this.$(".cp-epoch").value = epochText(epoch);
    if (!this.drags.holds("speed")) {
      this.$("[name=speed]").value = this.data.speeds.indexOf(speed);
      this.showSpeed(speed);
    }
    const said = this.$(".cp-conclusion");
    const text =
      built[0] < built[1]
        ? `Preparing ${built[0]} of ${built[1]} networks…`
        : conclusion.length
          ? conclusion.join(" ")
          : `What can be concluded is said here when training rests, at epoch ` +
            `${goal}.${needed ? ` With so many values it takes at least ${needed} seeds.` : ""}`;
    setText(said, text);
    if (sweep) this.showSweep(sweep);
    if (mode === "grid" && sweep?.problem) {
      held.textContent = sweep.problem;
      held.toggleAttribute("data-problem", true);
    }
  }

  showCells(map) {
    this.heatmap.show(map, this.scheme);
    this.$(".cp-best").textContent = map.best;
    this.$("[name=heat]").value = map.heat;
  }

  showSweep({ state, landed, total }) {
    const words = {
      none: "Not started: press Start",
      waiting: "Waiting: two other sweeps are under way",
      running: `${landed} of ${total} runs`,
      done: `Done: ${total} runs`,
      cancelled: `Cancelled at ${landed} of ${total} runs`,
      failed: `Stopped at ${landed} of ${total} runs`,
      resting: `Goes on at ${landed} of ${total} runs`,
    };
    this.$(".cp-landed").textContent = words[state];
    this.$("progress").value = total ? landed / total : 0;
    const busy = ["waiting", "running", "resting"].includes(state);
    this.$(".cp-cancel").disabled = !busy;
    this.$(".cp-start").textContent = state === "none" ? "Start" : busy ? "Restart" : "Start again";
  }

  // -------------------------------------------------------------- small multiples

  async drawScene(scene) {
    const sameCards = JSON.stringify(this.scene?.labels) === JSON.stringify(scene.labels);
    this.scene = scene;
    this.$("[name=measure]").value = scene.measure;
    this.$(".cp-score").textContent = scene.regression ? "R²" : "Accuracy";
    if (!sameCards) this.buildCards();
    this.cards.forEach((card, i) => card.style(scene, i));
    await this.charts.drawScene(scene);
    this.showScale();
  }

  buildCards() {
    this.cards = this.scene.labels.map((label, i) => new Card(label, () => this.open([i])));
    this.$(".cp-cards").replaceChildren(...this.cards.map((card) => card.element));
    this.root.style.setProperty("--n", this.cards.length);
  }

  drawCards() {
    if (!this.scene || !this.points) return;
    for (const card of this.cards) card.drawPoints(this.points, this.scene);
  }

  showNumbers(numbers) {
    numbers.forEach((each, i) => this.cards[i]?.showNumbers(each, this.scene.regression));
  }

  // -------------------------------------------------------------- charts and table

  // A share of right answers has no logarithmic axis.
  showScale() {
    if (!this.scene) return;
    const box = this.$("[name=log]");
    box.disabled = this.scene.measure === "test_score";
    this.charts.showScale(box.checked && !box.disabled);
  }

  showTable(rows) {
    const cells = rows.map((row, i) => {
      const [median, low, high] = row.loss.map(shortLoss);
      const score = scoreText(row.score, this.scene.regression);
      const n = this.scene.seeds;
      const loss = row.loss[0] === null ? "diverged" : n > 1 ? `${median} [${low}, ${high}]` : median;
      const epochs = row.epochs === null ? "never" : String(Math.round(row.epochs));
      return [
        this.scene.labels[i],
        loss + (row.diverged ? ` ×${row.diverged}` : ""),
        score,
        `${row.solved} of ${n}`,
        epochs,
      ];
    });
    const body = this.$(".cp-table tbody");
    while (body.rows.length > cells.length) body.deleteRow(-1);
    cells.forEach((texts, i) => {
      const row = body.rows[i] ?? body.insertRow();
      while (row.cells.length < texts.length) row.insertCell();
      texts.forEach((text, k) => {
        const cell = row.cells[k];
        if (cell.dataset.text === text && k) return;
        cell.dataset.text = cell.title = text;
        if (k) return (cell.textContent = text);
        const mark = document.createElement("i");
        mark.style.background = this.scene.colours[i];
        cell.replaceChildren(mark, text);
      });
    });
    const diverged = rows.some((row) => row.diverged);
    const notes = [this.settings.solved];
    if (diverged) notes.push("× so many seeds diverged: they count as the worst");
    const dead = rows.flatMap((row, i) => (row.dead ? `${this.scene.labels[i]} ${Math.round(100 * row.dead)} %` : []));
    if (dead.length) notes.push(`dead hidden units${this.scene.seeds > 1 ? ", median" : ""}: ${dead.join(", ")}`);
    if (!this.settings.sameLoss) notes.push("each its own loss, in its own units: compare the scores");
    this.$(".cp-note").textContent = notes.join("; ");
  }

  // -------------------------------------------------------------- the picture

  async takePicture() {
    const { title, held } = this.settings;
    const { cards, heatmap } = this;
    const when = this.root.dataset.mode === "grid" ? "" : `, epoch ${this.root.dataset.epoch}, ${this.seedWords()}`;
    const words = `${title}${when}. Held equal: ${held}.`;
    const sheet = await pictureOf(this.root, { ...this.scheme, title: words, cards, heatmap });
    sheet.toBlob((blob) => save(blob, "comparison.png"));
  }

  seedWords() {
    const { seeds, firstSeed } = this.scene;
    return seeds === 1 ? `seed ${firstSeed}` : `${seeds} seeds, pictures: seed ${firstSeed}`;
  }
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
