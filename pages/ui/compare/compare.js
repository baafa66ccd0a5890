// The Compare page: draws what the server computed, and sends back what the viewer chooses.

import { clearedPen, marker } from "../drawing/canvas.js";
import { Heatmap, svgURI } from "./heatmap.js";
import { DragSender } from "../live/drag_sender.js";
import { floats, isDark, showMessage, Wire } from "../live/wire.js";

const views = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".cp");
  let view = views.get(root);
  if (!view) views.set(root, (view = new Comparison(root)));
  view.update(component);
  return () => setTimeout(() => root.isConnected || view.destroy(), 0);
}

const PAPER = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const STROKES = { solid: "", dash: "8 5", dot: "2 4", dashdot: "8 4 2 4", longdash: "14 6", longdashdot: "14 5 2 5" };
const EDGES = { left: 22, right: 2, top: 2, bottom: 22 }; // px around a small picture, for its axes

class Comparison {
  constructor(root) {
    this.root = root;
    this.$ = (selector) => root.querySelector(selector);
    this.frames = this.serial = 0;
    this.zoomed = new Set(); // charts that the viewer has zoomed into
    this.wire = new Wire({
      opened: () => {
        this.sentView = null;
        this.sendView();
      },
      draw: (frame) => this.draw(frame),
      say: (text, remedy) => this.say(text, remedy),
    });
    this.drags = new DragSender(({ speed, ...changes }) => {
      if (speed !== undefined) this.wire.send("speed", speed);
      if (Object.keys(changes).length) this.wire.send("choose", changes);
    });
    this.heatmap = new Heatmap(this.$(".cp-heat"), (row, column) => this.open([row, column]));
    this.axes = [...root.querySelectorAll(".cp-axis")].map((element) => new AxisControl(element, this));
    this.bind();
  }

  update({ data, setStateValue, setTriggerValue }) {
    const first = !this.data;
    Object.assign(this, { data, setStateValue, setTriggerValue });
    if (first) {
      for (const axis of this.axes) axis.offer(data.knobs);
      this.$("[name=speed]").max = data.speeds.length - 1;
      this.$("[name=epochs]").max = data.maxEpochs;
      this.themeTimer = setInterval(() => this.sendView(), 1000);
    }
    this.wire.follow(data, setTriggerValue);
  }

  destroy() {
    this.gone = true;
    clearInterval(this.themeTimer);
    this.resizer.disconnect();
    this.wire.close();
    for (const plot of this.root.querySelectorAll(".cp-plot")) window.Plotly?.purge(plot);
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
    press(".cp-link", () => this.copyLink());
    press(".pg-message button", () => this.say(""));
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

  // The page's link follows once a moment of quiet has come.
  commit() {
    this.wire.tellPage(() => this.setStateValue("committed", ++this.serial), 300);
  }

  open(place) {
    this.wire.untell();
    this.setTriggerValue("open", place);
  }

  sendView() {
    const paper = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const theme = isDark(paper) ? "dark" : "light";
    const view = { theme, measure: this.$("[name=measure]").value, heat: this.$("[name=heat]").value };
    const text = JSON.stringify(view);
    if (text === this.sentView || !this.wire.isOpen) return;
    this.sentView = text;
    this.wire.send("view", view);
  }

  say(text, remedy) {
    showMessage(this.$(".pg-message"), text, remedy);
  }

  copyLink() {
    const url = new URL(location.href);
    url.search = this.data.query;
    const button = this.$(".cp-link");
    const done = () => {
      button.textContent = "Copied ✓";
      setTimeout(() => (button.textContent = "Copy link"), 1500);
    };
    if (navigator.clipboard) navigator.clipboard.writeText(url).then(done, () => this.say(String(url)));
    else this.say(String(url));
  }

  // -------------------------------------------------------------- frames

  async draw({ header, blobs }) {
    const json = (blob) => JSON.parse(new TextDecoder().decode(blob.bytes));
    this.root.dataset.mode = header.mode;
    if (header.settings) this.showSettings(header.settings, header.mode);
    if (blobs.scene) await this.drawScene(json(blobs.scene));
    if (this.gone) return; // the page was left while that was drawn
    if (blobs.points) {
      this.points = json(blobs.points);
      this.drawCards();
    }
    await Promise.all(blobs.layer.map((layer) => this.drawField(layer)));
    if (this.gone) return;
    if (header.numbers) this.showNumbers(header.numbers);
    if (header.rows) this.showTable(header.rows);
    if (blobs.bands) await this.drawCurves(blobs, header.goal);
    if (blobs.cells) this.showCells(json(blobs.cells));
    if (blobs.csv) save(new Blob([blobs.csv.bytes], { type: "text/csv" }), "comparison.csv");
    this.showState(header);
    this.root.dataset.epoch = header.epoch;
    if (blobs.layer.length || blobs.cells) this.frames += 1;
    this.root.dataset.frames = this.frames;
  }

  get scheme() {
    const style = getComputedStyle(this.root);
    return { ink: style.color, paper: style.getPropertyValue("--st-background-color").trim() || "#fff" };
  }

  showSettings(settings, mode) {
    this.settings = settings;
    for (const axis of this.axes)
      axis.show(settings[axis.name], this.data.most[axis.name === "side" ? "side" : "grid"]);
    for (const button of this.$(".cp-modes").children)
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    const seeds = this.$("[name=seeds]");
    Object.assign(seeds, { min: 1, max: this.data.maxSeeds[mode] });
    if (this.drags.holds !== "seeds") {
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
    const name = playing ? "Pause" : "Play";
    if (play.textContent !== name) play.textContent = name;
    this.$(".cp-epoch").value = String(epoch).padStart(6, "0").replace(/(\d)(?=(\d{3})+$)/g, "$1,");
    if (this.drags.holds !== "speed") {
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
    if (said.textContent !== text) said.textContent = text;
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
    await Promise.all([this.react(".cp-curves", scene.curves), this.react(".cp-finals", scene.finals)]);
    this.bandNumbers = null;
    this.seedLines = null;
    const plot = this.$(".cp-curves .cp-plot");
    plot.removeAllListeners?.("plotly_afterplot");
    plot.on("plotly_afterplot", () => this.drawSeeds());
    for (const each of this.root.querySelectorAll(".cp-plot")) {
      each.removeAllListeners?.("plotly_relayout");
      each.on("plotly_relayout", (change) => this.followZoom(each, change));
    }
    this.showScale();
  }

  react(selector, figure) {
    return window.Plotly.react(this.$(`${selector} .cp-plot`), figure.data, figure.layout, PAPER);
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

  drawField(layer) {
    return this.cards[layer.value]?.drawField(layer, this.scene);
  }

  showNumbers(numbers) {
    numbers.forEach((each, i) => this.cards[i]?.showNumbers(each, this.scene.regression));
  }

  // -------------------------------------------------------------- charts

  drawCurves({ bands, seeds, finals }, goal) {
    const { values: n, seeds: n_seeds } = bands;
    const numbers = floats(bands);
    const m = numbers.length / (1 + 3 * n);
    const row = (i) => Array.from(numbers.subarray(i * m, (i + 1) * m));
    const epochs = row(0);
    const x = [], y = [];
    for (let i = 0; i < n; i++) {
      const [median, low, high] = [1, 2, 3].map((k) => row(3 * i + k));
      const band = n_seeds > 1;
      x.push(band ? [...epochs, ...epochs.toReversed()] : [], epochs);
      y.push(band ? [...high, ...low.toReversed()] : [], median);
    }
    this.seedLines = seeds && { epochs, m, n, n_seeds, values: floats(seeds) };
    const ends = floats(finals);
    const [fx, fy, names] = [[], [], []];
    for (let i = 0; i < n; i++) {
      const seedOf = Array.from({ length: n_seeds }, (_, s) => s);
      fx.push(seedOf.map((s) => i + (n_seeds > 1 ? ((s * 0.618) % 1) * 0.5 - 0.25 : 0)), [i - 0.32, i + 0.32]);
      fy.push(Array.from(ends.subarray(i * n_seeds, (i + 1) * n_seeds)), Array(2).fill(row(3 * i + 1)[m - 1]));
      names.push(seedOf.map((s) => this.scene.firstSeed + s), []);
    }
    const all = x.map((_, i) => i);
    const [curves, strip] = this.root.querySelectorAll(".cp-plot");
    return Promise.all([
      window.Plotly.update(
        curves,
        { x, y },
        this.zoomed.has(curves) ? {} : { "xaxis.range": [0, goal], "yaxis.dtick": this.ticks(y) },
        all,
      ),
      window.Plotly.update(
        strip,
        { x: fx, y: fy, text: names },
        this.zoomed.has(strip) ? {} : { "yaxis.dtick": this.ticks(fy) },
        all,
      ),
    ]);
  }

  // Every seed a faint line: on a canvas, because 192 lines are too much for Plotly while training.
  drawSeeds() {
    const canvas = this.$(".cp-curves canvas");
    const pen = clearedPen(canvas);
    const { xaxis, yaxis } = this.$(".cp-curves .cp-plot")._fullLayout ?? {};
    if (!this.seedLines || !xaxis) return;
    const { epochs, m, n, n_seeds, values } = this.seedLines;
    pen.beginPath();
    pen.rect(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length);
    pen.clip();
    pen.translate(xaxis._offset, yaxis._offset);
    pen.globalAlpha = 0.3;
    const places = epochs.map((epoch) => xaxis.d2p(epoch));
    for (let line = 0; line < n * n_seeds; line++) {
      pen.strokeStyle = this.scene.colours[Math.floor(line / n_seeds)];
      pen.beginPath();
      for (let k = 0; k < m; k++) {
        const y = yaxis.d2p(values[line * m + k]);
        if (!Number.isFinite(y)) break; // diverged
        pen.lineTo(places[k], y);
      }
      pen.stroke();
    }
  }

  // Within a zoom the axis finds its own numbers.
  followZoom(plot, change) {
    if ("yaxis.autorange" in change) this.zoomed.delete(plot);
    else if ("yaxis.range[0]" in change) this.zoomed.add(plot);
    else return;
    const ticks = this.zoomed.has(plot) ? null : this.ticks(plot.data.map((trace) => Array.from(trace.y)));
    window.Plotly.relayout(plot, { "yaxis.dtick": ticks });
  }

  // A logarithmic axis over few decades has numbers at 1, 2 and 5, over more at every power of ten.
  ticks(lines) {
    if (!this.logarithmic) return null;
    const values = lines.flat().filter((y) => y > 0);
    return Math.max(...values) / Math.min(...values) > 60 ? 1 : "D2";
  }

  // A share of right answers has no logarithmic axis.
  showScale() {
    if (!this.scene) return;
    const box = this.$("[name=log]");
    box.disabled = this.scene.measure === "test_score";
    this.logarithmic = box.checked && !box.disabled;
    this.zoomed.clear();
    const layout = (plot) => ({
      "yaxis.type": this.logarithmic ? "log" : "linear",
      "yaxis.dtick": this.ticks(plot.data.map((trace) => Array.from(trace.y))),
    });
    for (const plot of this.root.querySelectorAll(".cp-plot")) window.Plotly.relayout(plot, layout(plot));
  }

  showTable(rows) {
    const cells = rows.map((row, i) => {
      const [median, low, high] = row.loss.map(shortLoss);
      const score =
        row.score === null ? "–" : this.scene.regression ? row.score.toFixed(3) : `${(100 * row.score).toFixed(1)} %`;
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
    this.table = cells;
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
    const { ink, paper } = this.scheme;
    const sheet = document.createElement("canvas");
    const scale = 2;
    const grid = this.root.dataset.mode === "grid";
    const parts = grid
      ? [this.$(".cp-heat")]
      : [...this.root.querySelectorAll(".cp-picture, .cp-card header b, .cp-card dl, .cp-chart, .cp-conclusion")];
    const boxes = parts.map((part) => part.getBoundingClientRect());
    const left = Math.min(...boxes.map((box) => box.left)) - 10;
    const top = Math.min(...boxes.map((box) => box.top)) - 40;
    sheet.width = (Math.max(...boxes.map((box) => box.right)) - left + 10) * scale;
    sheet.height = (Math.max(...boxes.map((box) => box.bottom)) - top + 10) * scale;
    const pen = sheet.getContext("2d");
    pen.scale(scale, scale);
    pen.fillStyle = paper;
    pen.fillRect(0, 0, sheet.width, sheet.height);
    const write = (text, x, y, font = "13px", width = undefined) => {
      pen.fillStyle = ink;
      pen.font = `${font} ${getComputedStyle(this.root).fontFamily}`;
      pen.fillText(text, x, y, width);
    };
    const epoch = grid
      ? ""
      : `, epoch ${this.root.dataset.epoch}, ` +
        `${this.scene.seeds === 1 ? "seed" : `${this.scene.seeds} seeds, pictures: seed`} ${this.scene.firstSeed}`;
    write(
      `${this.settings.title}${epoch}. Held equal: ${this.settings.held}.`,
      10,
      22,
      "600 14px",
      sheet.width / scale - 20,
    );
    for (const [i, part] of parts.entries()) {
      const box = boxes[i];
      const [x, y] = [box.left - left, box.top - top];
      const place = [x, y, box.width, box.height];
      if (part.matches("svg")) pen.drawImage(await imageOf(this.heatmap.asURI()), ...place);
      else if (part.matches(".cp-picture")) for (const canvas of part.children) pen.drawImage(canvas, ...place);
      else if (part.matches(".cp-chart")) {
        const faint = part.querySelector("canvas");
        if (faint) pen.drawImage(faint, ...place);
        const plot = part.querySelector(".cp-plot");
        const source = await window.Plotly.toImage(plot, {
          format: "png",
          width: box.width,
          height: box.height,
          scale,
        });
        pen.drawImage(await imageOf(source), ...place);
      } else if (part.matches("b")) {
        pen.drawImage(
          await imageOf(this.cards.find((card) => card.element.contains(part)).sampleURI()),
          x - 39,
          y,
          34,
          14,
        );
        write(part.textContent, x, y + 13, "600 13px", box.width);
      } else if (part.matches("dl"))
        write(
          [...part.children].map((each) => [...each.children].map((t) => t.textContent).join(" ")).join("  "),
          x,
          y + 13,
          "12px",
          box.width,
        );
      else writeLines(pen, part.textContent, x, y + 15, box.width, (line, lx, ly) => write(line, lx, ly));
    }
    sheet.toBlob((blob) => save(blob, "comparison.png"));
  }
}

// ---------------------------------------------------------------- one value's picture

class Card {
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
    texts.push(score === null ? "–" : regression ? score.toFixed(3) : `${(100 * score).toFixed(1)} %`);
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

  async drawField(layer, scene) {
    if (scene.line) this.drawCurve(floats(layer), layer.units, scene);
    else {
      this.picture = await createImageBitmap(new Blob([layer.bytes], { type: "image/png" }));
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
    const number = (v) => Number(v.toPrecision(2)).toString().replace("-", "−");
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

// ---------------------------------------------------------------- a knob and its values

class AxisControl {
  constructor(element, view) {
    Object.assign(this, { element, view, name: element.dataset.axis });
    this.select = element.querySelector("select");
    this.values = element.querySelector(".cp-values");
    const knob = this.name === "side" ? "knob" : this.name;
    this.select.onchange = () => view.choose({ [knob]: this.select.value });
  }

  offer(knobs) {
    this.select.replaceChildren(...knobs.map(({ name, title }) => new Option(title, name)));
  }

  send(values) {
    const name = { side: "values", rows: "row_values", columns: "column_values" }[this.name];
    this.view.choose({ [name]: values });
  }

  show({ knob, values, options }, most) {
    this.select.value = knob;
    const key = JSON.stringify([knob, options]);
    if (key !== this.key) this.values.replaceChildren();
    this.key = key;
    if (options.length) this.showChips(values, options);
    else this.showFields(values, most);
  }

  showChips(values, options) {
    const chosen = values.map((value) => value.text);
    options.forEach(({ text, label }, i) => {
      const chip = this.values.children[i] ?? this.values.appendChild(document.createElement("button"));
      Object.assign(chip, { type: "button", textContent: label });
      chip.setAttribute("aria-pressed", chosen.includes(text));
      chip.onclick = () =>
        this.send(chosen.includes(text) ? chosen.filter((other) => other !== text) : [...chosen, text]);
    });
  }

  // One field more than there are values, as long as another one is allowed.
  showFields(values, most) {
    const n = Math.min(values.length + 1, most);
    const place = { side: "", rows: "Rows: ", columns: "Columns: " }[this.name];
    const title = place + this.select.selectedOptions[0].textContent;
    while (this.values.children.length > n) this.values.lastChild.remove();
    for (let i = 0; i < n; i++) {
      const field = this.values.children[i] ?? this.values.appendChild(document.createElement("input"));
      Object.assign(field, { type: "text", inputMode: "decimal", placeholder: "add" });
      field.setAttribute("aria-label", `${title}, value ${i + 1}`);
      if (field !== document.activeElement || !field.dataset.typing) field.value = values[i]?.text ?? "";
      field.oninput = () => (field.dataset.typing = "1");
      field.onchange = () => {
        delete field.dataset.typing;
        field.setAttribute("aria-invalid", "true"); // until the server has taken it
        this.send([...this.values.children].map((each) => each.value.trim()).filter(Boolean));
      };
    }
  }
}

// ---------------------------------------------------------------- small helpers

export const shortLoss = (x) =>
  x === null ? "inf" : x < 1e-4 && x > 0 ? x.toExponential(1) : x < 100 ? x.toFixed(4) : x.toExponential(2);

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function imageOf(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

// Words in as many lines as they need.
function writeLines(pen, text, x, y, width, write) {
  write("", x, y); // sets the font
  let [line, at] = ["", y];
  for (const word of text.split(" ")) {
    if (line && pen.measureText(`${line} ${word}`).width > width) {
      write(line, x, at);
      [line, at] = [word, at + 18];
    } else line = line ? `${line} ${word}` : word;
  }
  write(line, x, at);
}
