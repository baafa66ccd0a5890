// Attacks in the plane: the ball, the way out of it, and a network that was trained against them.

import { ring } from "../drawing/canvas.js";
import { drawMarks } from "../sandbox/input_plane.js";
import { dot, label, sample, stroke } from "../drawing/overlay.js";
import { fixed, percent } from "../drawing/text.js";
import { mountSandbox } from "../sandbox/sandbox.js";
import { drawDots, drawPath, SIGNS, TwoPlanesBoard } from "./two_planes.js";
import { dataURI } from "../live/frames.js";

export default function (component) {
  return mountSandbox(component, AttackBoard);
}

const ROWS = ["fgsm", "pgd", "against", "lbfgs", "deepfool", "truth"];
const UNCHOSEN = ["before", "against", "truth"]; // lines whose way is not drawn
const EMPTY = new Float32Array();

class AttackBoard extends TwoPlanesBoard {
  constructor(sandbox) {
    super(sandbox, { mine: ".io-mine", trained: ".io-trained", chart: ".io-chart" });
    for (const button of sandbox.root.querySelectorAll("[data-norm]")) {
      button.onclick = () => sandbox.set({ norm: button.dataset.norm });
    }
    this.$(".io-target").onchange = (event) => sandbox.set({ target: Number(event.target.value) });
    const size = this.$("[name=size]");
    const resize = () => {
      sandbox.drags.wish({ size: Number(size.value) });
      this.showSize(Number(size.value));
    };
    sandbox.drags.bind(size, "size", resize, () => (resize(), sandbox.commit()));
    this.$(".io-again").onclick = () => this.send("again");
    this.$(".io-train").onclick = () => sandbox.set({ adversarial: 1 });
    for (const name of ["mine", "trained"]) {
      this.overlays[name].hold(([x1, x2]) => this.wishPlace({ x1, x2 }), () => sandbox.commit());
    }
    this.rows = this.buildRows();
  }

  buildRows() {
    const body = this.$(".io-attacks tbody");
    const rows = ["before", ...ROWS].map((name) => {
      if (name === "lbfgs")
        body.insertRow().outerHTML =
          '<tr class="io-group"><th colspan="5" scope="colgroup">the smallest r that is found, whatever ε:</th></tr>';
      const row = body.insertRow();
      for (let i = 0; i < 5; i++) row.insertCell();
      row.dataset.attack = name;
      const chosen = UNCHOSEN.includes(name) ? "" : `<input type="radio" name="io-attack" value="${name}" data-own>`;
      row.cells[0].innerHTML = `<label>${chosen}<span></span><i></i></label>`;
      const radio = row.querySelector("input");
      if (radio) radio.onchange = () => this.sandbox.set({ attack: name });
      return [name, row];
    });
    return Object.fromEntries(rows);
  }

  painted() {
    super.painted();
    this.looks = this.sandbox.data.looks[this.dark ? "dark" : "light"];
    this.rows.before.querySelector("i").textContent = "at x";
    for (const name of ROWS) {
      const row = this.rows[name];
      row.querySelector("span").innerHTML = sample(this.looks[name]);
      row.querySelector("i").textContent = this.looks[name].title;
    }
  }

  // Until a frame has the place that the hand has moved to, numbers are those of another.
  showWaiting(waits) {
    this.$(".io-attacks").classList.toggle("io-old", waits);
  }

  take({ all, ball, dots, path, fallen, first, trained, trained_dots, trained_path, trained_fallen, trained_first }) {
    const { kept } = this;
    if (all) kept.all = all;
    if (dots) kept.dots = dots;
    if (ball) kept.ball = ball;
    if (path) kept.path = path;
    if (fallen) kept.fallen = fallen;
    if (first) kept.first = first;
    if (trained_fallen) kept.trained_fallen = trained_fallen;
    if (trained_first) kept.trained_first = trained_first;
    if (trained) kept.trained = dataURI(trained);
    if (trained_dots) kept.trained_dots = trained_dots;
    kept.trained_path = trained_path ?? EMPTY;
  }

  show({ header }) {
    this.transport.show(header);
    if (!this.showWhy(header)) return;
    const { settings, training_against: training } = header;
    this.followCorrection(header);
    this.showWaiting(this.waits);
    this.showControls(header, settings);
    if (this.showIn("mine", this.kept.field)) this.spanRanges();
    this.showPlace(header.at);
    this.drawMine(header);
    this.$(".io-text").hidden = Boolean(training);
    this.overlays.trained.figure.style.visibility = training ? "" : "hidden";
    if (training) {
      this.showIn("trained", this.kept.trained);
      this.drawTrained(header);
    }
    this.drawChart(header);
    this.showTable(header, settings);
    this.showWords(header);
  }

  showControls({ classes, refused }, settings) {
    for (const button of this.sandbox.root.querySelectorAll("[data-norm]")) {
      button.setAttribute("aria-pressed", button.dataset.norm === settings.norm);
    }
    this.showChecks();
    const options = classes.map((name, i) => [i, this.className(name, i)]);
    this.fillSelect(this.$(".io-target"), [[-1, "any other class"], ...options], settings.target);
    this.$(".io-again").disabled = !settings.start;
    if (!this.sandbox.drags.holds("size")) {
      this.$("[name=size]").value = settings.size;
      this.showSize(settings.size);
    }
    const refusal = this.$(".io-refused");
    refusal.hidden = !refused;
    refusal.textContent = refused;
  }

  showSize(size) {
    this.$(".io-size").value = size ? fixed(size).trim() : "auto: 2.5 ε/n";
  }

  className(name, i) {
    return `${SIGNS[this.kept.scene.marks[i]?.symbol] ?? ""} ${name}`;
  }

  // -------------------------------------------------------------- the planes

  drawMine({ at, before, marked, settings }) {
    const overlay = this.overlays.mine;
    const { all, scene, dots, path } = this.kept;
    const fallen = marked ? this.kept.fallen : null;
    this.layer("mine", overlay.figure, [all, scene, dots, fallen, settings.epsilon > 0], (pen, x, y) => {
      this.drawData(pen, x, y, fallen);
      drawDots(pen, dots, x, y, this.theme.colours.ink, this.paper);
      if (marked && settings.epsilon) this.drawFirst(pen, x, y, this.kept.first);
    });
    overlay.clear();
    overlay.within((pen, x, y) => this.drawAttack(pen, x, y, at, path, before.said));
  }

  drawTrained({ at, against, settings }) {
    const overlay = this.overlays.trained;
    const { all, scene, dots, trained_path } = this.kept;
    const fallen = against?.marked ? this.kept.trained_fallen : null;
    this.layer("trained", overlay.figure, [all, scene, dots, fallen, settings.epsilon > 0], (pen, x, y) => {
      this.drawData(pen, x, y, fallen);
      drawDots(pen, dots, x, y, this.theme.colours.ink, this.paper);
      if (fallen && settings.epsilon) this.drawFirst(pen, x, y, this.kept.trained_first);
    });
    overlay.clear();
    overlay.within((pen, x, y) => this.drawAttack(pen, x, y, at, trained_path, against?.said));
  }

  // Every point in its class's shape; those that an attack of this size turns are crossed out.
  drawData(pen, x, y, fallen) {
    const { all, scene } = this.kept;
    const groups = scene.marks.map(() => []);
    for (let i = 0; i < all.length; i += 3) groups[all[i + 2]].push([all[i], all[i + 1]]);
    scene.marks.forEach(({ colour, symbol }, i) => drawMarks(pen, { colour, symbol, at: groups[i] }, x, y, this.paper));
    if (!fallen) return;
    const crosses = new Path2D();
    for (let i = 0; i < fallen.length; i++) {
      if (!fallen[i]) continue;
      const [px, py] = [x(all[3 * i]), y(all[3 * i + 1])];
      crosses.moveTo(px - 3.2, py - 3.2);
      crosses.lineTo(px + 3.2, py + 3.2);
      crosses.moveTo(px + 3.2, py - 3.2);
      crosses.lineTo(px - 3.2, py + 3.2);
    }
    for (const [strokeStyle, lineWidth] of [[this.paper, 3], [this.theme.colours.ink, 1.4]]) {
      Object.assign(pen, { strokeStyle, lineWidth });
      pen.stroke(crosses);
    }
  }

  drawFirst(pen, x, y, first) {
    const { ink } = this.theme.colours;
    pen.font = "bold 13px sans-serif";
    for (let i = 0; i < first.length; i += 2) {
      const [px, py] = [x(first[i]), y(first[i + 1])];
      ring(pen, px, py, 6, ink, this.paper);
      label(pen, `${i / 2 + 1}`, px + 8, py + 13, ink, this.paper);
    }
    pen.font = "12px sans-serif";
  }

  drawAttack(pen, x, y, at, path, said) {
    const { ink } = this.theme.colours;
    const { ball } = this.kept;
    const edge = [];
    for (let i = 0; i < ball.length; i += 2) edge.push([x(ball[i]), y(ball[i + 1])]);
    edge.push(edge[0]);
    stroke(pen, edge, { colour: this.paper, width: 4.5 });
    stroke(pen, edge, { colour: ink, width: 2, dash: "dash" });
    if (path.length > 2) {
      const points = drawPath(pen, path, x, y, { colour: ink, rim: this.paper });
      pen.fillStyle = ink;
      for (const [px, py] of points) {
        pen.beginPath();
        pen.arc(px, py, 2.6, 0, 2 * Math.PI);
        pen.fill();
      }
      const [ex, ey] = points.at(-1);
      ring(pen, ex, ey, 6, ink, this.paper);
      label(pen, "x + r", ex + 10, ey + 16, ink, this.paper);
    }
    const [px, py] = [x(at[0]), y(at[1])];
    const mark = this.kept.scene.marks[said];
    dot(pen, px, py, mark?.colour ?? ink, ink);
    label(pen, "x", px + 10, py - 8, ink, this.paper);
  }

  // -------------------------------------------------------------- all the data

  drawChart({ curves, epsilons, settings, survey }) {
    const overlay = this.overlays.chart;
    const { ink } = this.theme.colours;
    overlay.clear();
    overlay.within((pen, x, y, [, height]) => {
      stroke(pen, [[x(settings.epsilon), 0], [x(settings.epsilon), height]], { colour: ink, width: 1, alpha: 0.6 });
      for (const [name, shares] of Object.entries(curves)) {
        const points = shares.map((share, i) => [x(epsilons[i]), y(share)]);
        stroke(pen, points, {
          ...this.looks[name],
          width: name === "against" ? 3.5 : 2.5,
          alpha: survey.fresh ? 1 : 0.4,
        });
      }
      label(pen, "ε", x(settings.epsilon) + 5, 14, ink, this.paper);
    });
    const { epoch, fresh, done, points, sampled } = survey;
    const when = !fresh && epoch !== null ? ` at epoch ${epoch}` : done ? "" : ", being attacked…";
    const title = this.$(".io-survey");
    title.textContent = `All ${points} points${when || `; L-BFGS: ${sampled} of them`}`;
    title.title = `L-BFGS takes each point by itself and is tried on ${sampled}: its line is brute force’s, plus the ` +
      `share of these that it misses`;
  }

  // -------------------------------------------------------------- numbers

  showTable({ before, attacks, classes, refused, against, training_against: training }, { attack }) {
    this.rows.against.hidden = !training;
    this.fillRow(this.rows.before, { ...before, found: true, inf: 0, two: 0 }, classes, { first: true });
    for (const name of ROWS) {
      const outcome = name === "against" ? against?.pgd : attacks[name];
      this.fillRow(this.rows[name], outcome, classes, { without: refused ? "not asked: see above" : "…" });
      const radio = this.rows[name].querySelector("input");
      if (radio) radio.checked = name === attack;
      this.rows[name].toggleAttribute("data-chosen", name === attack);
    }
  }

  // A sentence takes the place of the numbers where there are none.
  fillRow(row, outcome, classes, { first = false, without = "" }) {
    row.dataset.flipped = Boolean(outcome?.flipped);
    let texts = [without];
    if (outcome?.flat) texts = ["stays: its gradient is 0 here"];
    else if (outcome && !outcome.found) texts = ["none found"];
    else if (outcome) {
      const { said, confidence, inf, two, flipped } = outcome;
      const sign = first ? "" : flipped ? "→ " : "= ";
      texts = [
        `${sign}${this.className(classes[said], said)}`,
        confidence === null ? "–" : percent(confidence),
        first ? "" : fixed(inf, 3),
        first ? "" : fixed(two, 3),
      ];
    }
    row.cells[1].colSpan = texts.length === 1 ? 4 : 1;
    for (let i = 0; i < 4; i++) {
      Object.assign(row.cells[i + 1], {
        textContent: texts[i] ?? "",
        hidden: i >= texts.length,
        title: texts[i] ?? "",
      });
    }
  }

  showWords({ words, unit, settings, survey, training_against: training, against }) {
    this.$(".io-unit").textContent = unit ? `r in ${unit}` : "";
    this.$(".io-accuracy").textContent = words;
    this.$(".io-sum").textContent = survey.at
      ? `✕ wrong under PGD, ε = ${survey.at.toFixed(1)}${settings.epsilon ? "; 1 to 5 fall first" : ""}`
      : "✕ wrong without an attack";
    this.$(".io-against").textContent = training ? this.trainingWords(training, against, settings.attack) : "";
  }

  trainingWords({ epoch, goal, diverged }, against, chosen) {
    if (diverged !== null) return `Its numbers stopped being finite in epoch ${diverged}.`;
    if (!goal) return "At epoch 0 both are the same: train your network first.";
    if (epoch < goal) return `Training on attacked points: epoch ${epoch} of ${goal}…`;
    if (!against?.row) return `Epoch ${epoch}.`;
    const { row } = against;
    const { title } = this.looks[chosen];
    const what = !row.found
      ? "finds nothing"
      : row.flipped
        ? `flips it, ‖r‖₂ = ${fixed(row.two, 3).trim()}`
        : "fails here";
    return `Epoch ${epoch}: ${title} ${what}. Dots: your boundary; ✕ as left.`;
  }
}
