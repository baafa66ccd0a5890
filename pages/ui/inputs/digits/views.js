// The four views of the digits network: what it learned, one attack, ten ascents, all test digits.

import { minus } from "../../drawing/text.js";
import { Pad } from "./pad.js";
import { drawShares, fill, percent, picture } from "./parts.js";
import { DragSender } from "../../live/drag_sender.js";
import { dataURI } from "../../live/frames.js";

const TEN = Array.from({ length: 10 }, (_, digit) => digit);

export class LearnedView {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    const head = `<tr><th></th>${TEN.map((digit) => `<th scope="col">${digit}</th>`).join("")}</tr>`;
    const row = (digit) =>
      `<tr><th scope="row">${digit}</th>${TEN.map(() => "<td><button type='button'></button></td>").join("")}</tr>`;
    this.$(".dg-confusion").innerHTML = head + TEN.map(row).join("");
    this.cells = [...this.$(".dg-confusion").querySelectorAll("button")];
    this.cells.forEach((cell, i) => (cell.onclick = () => this.attack(this.judged.firsts[Math.floor(i / 10)][i % 10])));
  }

  attack(row) {
    this.sandbox.set({ row, source: "test", view: "attack" });
  }

  keep(history) {
    this.history = history;
  }

  draw({ header, blobs }) {
    picture(this.$(".dg-weights"), blobs.weights);
    if (blobs.weights) {
      const scale = header.weights_scale.toFixed(2);
      this.$(".dg-weight-scale").textContent =
        `Blue: ink there raises the unit's z (up to +${scale}). Orange: lowers it (−${scale}).`;
    }
    if (blobs.judged) this.drawJudged(blobs.judged, blobs.mistakes);
    this.drawHistory();
  }

  drawJudged(judged, sheet) {
    this.judged = judged;
    this.cells.forEach((cell, i) => {
      const [row, column] = [Math.floor(i / 10), i % 10];
      const count = judged.counts[row][column];
      cell.textContent = count || "";
      cell.disabled = !count;
      cell.parentElement.style.background = judged.colours[row][column];
      cell.setAttribute("aria-label", `Digit ${row} called ${column}: ${count} times`);
    });
    this.$(".dg-wrong").textContent =
      `${judged.wrong} of ${judged.of} test digits are called wrong. Press one to look closer.`;
    const list = this.$(".dg-mistakes");
    const uri = sheet ? dataURI(sheet) : "";
    const n = judged.rows.length;
    while (list.children.length > n) list.lastChild.remove();
    judged.rows.forEach((row, i) => {
      const button = list.children[i] ?? list.appendChild(mistakeButton());
      button.onclick = () => this.attack(row);
      const image = button.querySelector("i");
      image.style.backgroundImage = `url(${uri})`;
      image.style.backgroundSize = `100% ${((9 * n - 1) / 8) * 100}%`;
      image.style.backgroundPositionY = n > 1 ? `${(100 * 9 * i) / (9 * n - 9)}%` : "0";
      button.querySelector("b").textContent = `${judged.truth[i]} called ${judged.said[i]}`;
      button.querySelector("span").textContent = percent(judged.sure[i]);
      button.setAttribute(
        "aria-label",
        `Digit ${judged.truth[i]} called ${judged.said[i]} with ${percent(judged.sure[i])}: attack it`,
      );
    });
  }

  drawHistory() {
    if (!this.history) return;
    const n = this.history.length / 2;
    const epochs = Array.from({ length: n }, (_, epoch) => epoch);
    const { train, test } = this.sandbox.colours;
    const { goal, lastEpoch } = this.sandbox.data;
    drawShares(this.$(".dg-curve"), [
      { x: epochs, y: this.history.subarray(0, n), colour: train, dash: "", name: "train" },
      { x: epochs, y: this.history.subarray(n), colour: test, dash: "5 3", name: "test" },
    ], lastEpoch, "epochs", goal);
  }
}

function mistakeButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = "<i aria-hidden='true'></i><b></b><span></span>";
  return button;
}

export class AttackView {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    const button = (value, text) => `<button type="button" value="${value}">${text}</button>`;
    this.$(".dg-digits").innerHTML = TEN.map((digit) => button(digit, digit)).join("");
    for (const each of this.$(".dg-digits").children) {
      each.title = `The next test picture of digit ${each.value}`;
      each.onclick = () => this.send("another", Number(each.value));
    }
    this.$(".dg-targets").innerHTML =
      `<span>Make it say</span>${button(-1, "anything else (fool it)")}` +
      TEN.map((digit) => button(digit, digit)).join("");
    for (const each of this.$(".dg-targets").querySelectorAll("button"))
      each.onclick = () => sandbox.set({ target: Number(each.value) });
    const bars = '<td><span class="dg-bar-of"><i></i><i></i></span></td><td></td><td></td>';
    this.$(".dg-bars").innerHTML =
      `<tr><th></th><td></td><td>x</td><td>x + r</td></tr>` +
      TEN.map((digit) => `<tr><th scope="row">${digit}</th>${bars}</tr>`).join("");
    this.rows = [...this.$(".dg-bars").rows].slice(1);
  }

  start() {
    const { attacks, smallest, pad } = this.sandbox.data;
    fill(
      this.$("[name=attack]"),
      Object.fromEntries(
        Object.entries(attacks).map(([name, title]) => [
          name,
          smallest.includes(name) ? `${title}: smallest r` : title,
        ]),
      ),
    );
    if (this.pad) return;
    const drags = new DragSender(({ ink }) => this.send("ink", ink));
    this.pad = new Pad(this.$(".dg-pad"), pad, (ink) => drags.wish({ ink }));
    this.$(".dg-clear").onclick = () => this.pad.clear();
    this.$(".dg-own").onclick = () => this.sandbox.set({ source: "own" });
  }

  send(verb, value) {
    this.sandbox.wire.send(verb, value);
    this.sandbox.commit();
  }

  draw({ header: { settings }, blobs }) {
    const { smallest } = this.sandbox.data;
    const bySelf = smallest.includes(settings.attack);
    for (const label of this.$(".dg-attack").querySelectorAll("[data-norm]"))
      label.querySelector("input").disabled = bySelf;
    this.$(".dg-attack [name=norm]").disabled = settings.attack === "lbfgs";
    for (const each of this.$(".dg-targets").querySelectorAll("button")) {
      each.setAttribute("aria-pressed", Number(each.value) === settings.target);
      each.disabled = settings.attack === "deepfool" && each.value !== "-1";
    }
    this.pad.recolour();
    this.$(".dg-own").setAttribute("aria-pressed", settings.source === "own");
    if (blobs.ink) this.pad.show(blobs.ink);
    const { attack } = blobs;
    const empty = Boolean(attack.empty);
    this.$(".dg-problem").textContent = attack.empty || attack.problem;
    this.$(".dg-words").textContent = attack.words ?? "";
    for (const name of ["x", "r", "moved"]) {
      this.$(`.dg-${name}`).style.visibility = blobs[name] ? "" : "hidden"; // where there is no result, none is shown
      picture(this.$(`.dg-${name}`), blobs[name]);
    }
    for (const sign of this.$(".dg-sum").querySelectorAll(":scope > b"))
      sign.style.visibility = blobs.r ? "" : "hidden";
    for (const each of this.$(".dg-digits").children)
      each.setAttribute("aria-pressed", settings.source === "test" && !empty && Number(each.value) === attack.truth);
    if (empty) return this.drawNothing();
    this.drawCaptions(attack);
    this.drawBars(attack);
  }

  drawNothing() {
    for (const name of ["x", "r", "moved"]) this.$(`.dg-${name}-says`).textContent = "";
    for (const row of this.rows) {
      for (const bar of row.querySelectorAll("i")) bar.style.width = "0";
      row.cells[2].textContent = row.cells[3].textContent = "";
    }
  }

  drawCaptions({ truth, before, after, size_inf: inf, size_2: length }) {
    const says = (p) => `${p.indexOf(Math.max(...p))}, ${percent(Math.max(...p))}`;
    this.$(".dg-x-says").textContent =
      `x, ${truth === null ? "your drawing" : `a test digit ${truth}`}. The network says ${says(before)}`;
    if (!after) return ["r", "moved"].forEach((name) => (this.$(`.dg-${name}-says`).textContent = ""));
    this.$(".dg-r-says").textContent =
      `r: ‖r‖∞ = ${inf.toFixed(3)}, ‖r‖₂ = ${length.toFixed(2)}. Blue adds ink, orange takes it ` +
      `away${inf ? `, magnified ${(1 / inf).toFixed(1)} times` : ""}`;
    this.$(".dg-moved-says").textContent = `x + r. The network says ${says(after)}`;
  }

  drawBars({ before, after, truth, called, target, fooled }) {
    const { colours } = this.sandbox;
    this.rows.forEach((row, digit) => {
      const [first, second] = row.querySelectorAll("i");
      first.style.width = `${100 * before[digit]}%`;
      second.style.width = after ? `${100 * after[digit]}%` : "0";
      second.style.background = fooled && digit !== called ? colours.fooled : colours.after;
      const mark = digit === truth ? "✓ " : digit === target ? "◎ " : "";
      row.cells[0].textContent = `${mark}${digit}`;
      row.cells[0].title = digit === truth ? "what it is" : digit === target ? "the target" : "";
      row.cells[2].textContent = percent(before[digit]);
      row.cells[3].textContent = after ? percent(after[digit]) : "";
    });
  }
}

export class AscentView {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    this.$(".dg-again").onclick = () => sandbox.wire.send("again");
    for (const place of [".dg-climbed", ".dg-usual"]) this.$(place).innerHTML = TEN.map(() => "<div></div>").join("");
  }

  draw({ blobs: { ascent, ascended, means } }) {
    picture(this.$(".dg-ascended"), ascended);
    picture(this.$(".dg-means"), means);
    this.$(".dg-steps").value = ascent.steps;
    const write = (place, probability, logit) => TEN.forEach((digit) => {
      this.$(place).children[digit].innerHTML =
        `<b>${digit}</b>: ${percent(probability[digit])}<br>logit ${minus(logit[digit].toFixed(1))}`;
    });
    write(".dg-climbed", ascent.probability, ascent.logit);
    write(".dg-usual", ascent.meanProbability, ascent.meanLogit);
  }
}

export class SurveyView {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
  }

  draw({ header: { training }, blobs: { survey, universal } }) {
    const sign = survey.norm === "inf" ? "epsilon, largest change of a pixel" : "epsilon, length of r";
    const { test, after } = this.sandbox.colours;
    const looks = {
      fgsm: { colour: after, dash: "5 3", name: "FGSM" },
      pgd: { colour: test, dash: "", name: "PGD-40" },
    };
    drawShares(this.$(".dg-robust"), Object.entries(survey.curves).map(([attack, y]) =>
      ({ x: survey.epsilons, y, ...looks[attack] })), survey.epsilons.at(-1), sign);
    this.$(".dg-tried").textContent = survey.tried
      ? `${survey.tried} of ${survey.of} test digits attacked, each with every epsilon, untargeted.`
      : "";
    this.$(".dg-waits").hidden = !training.playing;
    this.drawTransfer(survey, training.playing);
    this.drawUniversal(survey.universal, universal);
  }


  drawTransfer({ names, transfer, colours, transferTried, of, lesson, lessons, norm, size }, waits) {
    const columns = names.map((name) => `<th scope="col">${name}</th>`).join("");
    const head = `<tr><th>made for ↓, shown to →</th>${columns}</tr>`;
    const rows = ["no attack", ...names].map(
      (name, i) =>
        `<tr><th scope="row">${name}</th>${names
          .map((_, j) =>
            transfer
              ? `<td style="background:${colours[i][j]}">${(100 * transfer[i][j]).toFixed(0)} %</td>`
              : "<td>…</td>",
          )
          .join("")}</tr>`,
    );
    this.$(".dg-transfer").innerHTML = head + rows.join("");
    this.$(".dg-transfer-note").textContent = transfer
      ? `Accuracy of each network (columns) on what PGD-40 with ${norm === "inf" ? "‖r‖∞" : "‖r‖₂"} ≤ ${size} made ` +
        `to fool another (rows): ${transferTried} of ${of} test digits. The other networks learned ${lessons} epochs.`
      : waits
        ? ""
        : `The other networks are learning: epoch ${lesson.toFixed(0)} of ${lessons}.`;
  }

  drawUniversal(found, blob) {
    this.$(".dg-universal").style.visibility = found ? "" : "hidden";
    if (!found) return;
    picture(this.$(".dg-universal"), blob);
    const [clean, accuracy] = [found.clean, found.accuracy].map((share) => `${(100 * share).toFixed(1)}\u00a0%`);
    const favourite = found.favourite === null ? "" : ` Most often a wrong answer is ${found.favourite}.`;
    this.$(".dg-universal-note").textContent =
      `Added to every test digit, this one r lowers the accuracy from ${clean} to ${accuracy}.${favourite} It was ` +
      `made from training digits; the strongest colour is ±${found.scale.toFixed(3)}.`;
  }
}
