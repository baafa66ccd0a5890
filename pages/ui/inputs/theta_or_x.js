// One loss, one backward pass: the boundary moves under a point, or points under the boundary.

import { ring } from "../drawing/canvas.js";
import { drawMarks } from "../sandbox/input_plane.js";
import { dot, label } from "../drawing/overlay.js";
import { fixed } from "../drawing/text.js";
import { mountSandbox } from "../sandbox/sandbox.js";
import { drawDots, drawPath, SIGNS, TwoPlanesBoard } from "./two_planes.js";
import { dataURI } from "../live/frames.js";

export default function (component) {
  return mountSandbox(component, ThetaOrXBoard);
}

const NEAR = 18; // px: a hand this close to the point takes it
const INDEX = "₁₂₃₄₅₆₇₈₉";

class ThetaOrXBoard extends TwoPlanesBoard {
  constructor(sandbox) {
    super(sandbox, { theta: ".io-theta", x: ".io-x" });
    for (const button of sandbox.root.querySelectorAll("[data-moves]")) {
      button.onclick = () => sandbox.set({ moves: button.dataset.moves });
    }
    this.$(".io-label").onchange = (event) => sandbox.set({ label: Number(event.target.value) });
    this.$(".io-go").onclick = () => this.send(this.going ? "halt" : "go");
    for (const verb of ["one", "back", "clear"]) this.$(`.io-${verb}`).onclick = () => this.send(verb);
    this.bindPlane("theta", () => {});
    this.bindPlane("x", (place) => this.send("drop", place));
    this.drops = { n: 0, places: [], drawn: 1 };
  }

  // Near the point a hand takes it; elsewhere a click is a drop.
  bindPlane(name, drop) {
    const overlay = this.overlays[name];
    let taken = null;
    overlay.hold((place) => {
      taken ??= this.isNear(overlay, place) ? "point" : "plane";
      if (taken === "point") this.wishPlace({ x1: place[0], x2: place[1] });
      else if (taken === "plane") {
        taken = "dropped";
        drop(place);
      }
    }, () => {
      if (taken === "point") this.sandbox.commit();
      taken = null;
    });
  }

  isNear(overlay, place) {
    const { path } = this.kept;
    if (!path) return false;
    const ends = [[path[0], path[1]], [path.at(-2), path.at(-1)]];
    return ends.some((end) => overlay.distance(end, place) < NEAR);
  }

  async draw(frame) {
    const { header, blobs } = frame;
    if (blobs.drops) this.takeDrops(header.drops, blobs.drops);
    await super.draw(frame);
  }

  take({ moved, before, arrows, path }) {
    const { kept } = this;
    if (moved) kept.moved = dataURI(moved);
    if (before) kept.before = before;
    if (arrows) kept.arrows = arrows;
    if (path) kept.path = path;
  }

  takeDrops({ start, n }, values) {
    if (!start) this.drops = { n, places: [], drawn: 1 };
    for (let i = 0; i < values.length; i += 2 * n) this.drops.places.push(values.subarray(i, i + 2 * n));
  }

  show({ header }) {
    this.transport.show(header);
    if (!this.showWhy(header)) return;
    const { settings } = header;
    this.followCorrection(header);
    this.showControls(header, settings);
    const moved = this.showIn("theta", this.kept.moved);
    this.showIn("x", this.kept.field);
    if (moved) this.spanRanges();
    this.showPlace(this.kept.path);
    this.drawTheta();
    this.drawX(settings);
    this.showWords(header);
    this.showFactors(header.factors, header.unit);
  }

  showControls({ wants, classes, label: chosen, going, symbol }, settings) {
    this.going = going;
    const go = this.$(".io-go");
    go.textContent = going ? "Stop" : "Flow";
    go.title = going ? "Stay here" : "Go on; from the start once more where all has ended";
    for (const button of this.sandbox.root.querySelectorAll("[data-moves]")) {
      button.setAttribute("aria-pressed", button.dataset.moves === settings.moves);
    }
    for (const side of this.sandbox.root.querySelectorAll("[data-side]")) {
      side.classList.toggle("io-held", ![side.dataset.side, "both"].includes(settings.moves));
    }
    this.showChecks();
    this.fillSelect(this.$("[name=want]"), Object.entries(wants), settings.want);
    const { marks } = this.kept.scene;
    const label = this.$(".io-label");
    label.hidden = !classes.length;
    this.$(".io-value").hidden = Boolean(classes.length);
    this.fillSelect(label, classes.map((name, i) => [i, `${SIGNS[marks[i]?.symbol] ?? ""} class ${name}`]), chosen);
    const minus = symbol === "L" && settings.want === "down" ? "−" : "+";
    const [left, right] = this.sandbox.root.querySelectorAll(".io-formula");
    left.textContent = `θ ← θ ${minus} η d${symbol}/dθ`;
    right.textContent = `x ← x ${minus} η d${symbol}/dx${settings.pull ? " − η λ x" : ""}`;
    this.$(".io-key").textContent =
      `Arrows: ${minus === "−" ? "−" : ""}d${symbol}/dx${settings.pull ? " − λx" : ""}, the way of a step (lengths ` +
      `compressed). Dots: the boundary of your network.`;
  }

  // -------------------------------------------------------------- the planes

  drawTheta() {
    const overlay = this.overlays.theta;
    const { scene, before, path } = this.kept;
    const { ink } = this.theme.colours;
    this.layer("theta", overlay.figure, [scene, before], (pen, x, y) => {
      for (const mark of scene.marks) drawMarks(pen, mark, x, y, this.paper);
      if (before) drawDots(pen, before, x, y, ink, this.paper);
    });
    overlay.clear();
    overlay.within((pen, x, y) => this.drawPoint(pen, x(path[0]), y(path[1]), "x, held"));
  }

  drawX(settings) {
    const overlay = this.overlays.x;
    const { scene, before, path, arrows } = this.kept;
    const { ink } = this.theme.colours;
    this.layer("x", overlay.figure, [scene, before, arrows], (pen, x, y) => {
      pen.globalAlpha = 0.35;
      for (const mark of scene.marks) drawMarks(pen, mark, x, y, this.paper);
      pen.globalAlpha = 1;
      if (arrows) drawArrows(pen, arrows, x, y, ink);
      if (before) drawDots(pen, before, x, y, ink, this.paper);
    });
    this.drawTrails(overlay.figure, ink);
    overlay.clear();
    overlay.within((pen, x, y) => {
      this.drawDrops(pen, x, y, ink);
      const points = drawPath(pen, path, x, y, { colour: ink, rim: this.paper });
      ring(pen, ...points[0], 6, ink, this.paper);
      this.drawPoint(pen, ...points.at(-1), settings.moves === "theta" ? "x" : "x moves");
    });
  }

  // The ways of the dropped points grow: only what is new is drawn.
  drawTrails(figure, ink) {
    const { drops } = this;
    this.layer("trails", figure, [drops, this.kept.scene], () => (drops.drawn = 1), (overlay) => {
      const { n, places, drawn } = drops;
      if (places.length <= drawn) return;
      drops.drawn = places.length;
      overlay.within((pen, x, y) => {
        Object.assign(pen, { strokeStyle: ink, lineWidth: 1.2, globalAlpha: 0.55 });
        pen.beginPath();
        for (let i = 0; i < 2 * n; i += 2) {
          for (let t = drawn - 1; t < places.length; t++) {
            const at = [x(places[t][i]), y(places[t][i + 1])];
            if (t < drawn) pen.moveTo(...at);
            else pen.lineTo(...at);
          }
        }
        pen.stroke();
      });
    });
  }

  drawPoint(pen, px, py, text) {
    const { ink } = this.theme.colours;
    dot(pen, px, py, ink, this.paper);
    label(pen, text, px + 11, py - 9, ink, this.paper);
  }

  drawDrops(pen, x, y, ink) {
    const { n, places } = this.drops;
    if (!places.length) return;
    const last = places.at(-1);
    Object.assign(pen, { fillStyle: this.paper, strokeStyle: ink, lineWidth: 1.6 });
    pen.beginPath();
    for (let i = 0; i < 2 * n; i += 2) {
      const [px, py] = [x(last[i]), y(last[i + 1])];
      pen.moveTo(px + 3.4, py);
      pen.arc(px, py, 3.4, 0, 2 * Math.PI);
    }
    pen.fill();
    pen.stroke();
  }

  // -------------------------------------------------------------- numbers

  showWords({ left, right, symbol }) {
    const value = ({ values: [start, now] }) => `${symbol} ${short(start)} → ${short(now)}`;
    const steps = ({ steps: n }) => `${n} step${n === 1 ? "" : "s"}`;
    const share = left.right ? `; of the data ${percent(left.right[0])} → ${percent(left.right[1])} right` : "";
    this.$(".io-left").textContent =
      `${steps(left)}: ${value(left)}${share}${left.diverged ? " (the next step leaves the numbers)" : ""}`;
    const said = right.said ? `; ${right.said[0]} of ${right.said[1]} dropped points are in the class` : "";
    const stopped = right.stopped ? `; ${right.stopped}` : "";
    this.$(".io-right").textContent = `${steps(right)}: ${value(right)}${stopped}${said}`;
    for (const words of [this.$(".io-left"), this.$(".io-right")]) words.title = words.textContent;
  }

  showFactors(factors, unit) {
    const key = JSON.stringify([factors, unit]);
    if (this.factored === key) return; // they stay while points flow
    this.factored = key;
    const { symbol, features, inputs, delta, W, grad_W, grad_inputs, slopes, grad_x } = factors;
    const L = symbol;
    this.$(".io-chain").innerHTML =
      `At x and θ, of ${L}: δ = d${L}/dZ<sup>1</sup>, then<br><b>for θ</b> d${L}/dW` +
      `<sup>1</sup> = ${features ? "φ(x)" : "x"} δ<sup>T</sup>   <b>for x</b> d${L}/d${features ? "φ" : "x"} = W` +
      `<sup>1</sup> δ`;
    const name = (j) => (features ? SHORT[features[j]] ?? features[j] : `x${INDEX[j]}`);
    const head = `<tr><th></th>${delta.map((_, i) => `<th scope="col">unit ${i + 1}</th>`).join("")}` +
      `<th class="io-sum"></th></tr>`;
    const row = (title, values, sum = "", kind = "") =>
      `<tr class="${kind}"><th scope="row">${title}</th>${values.map((v) => `<td>${fixed(v)}</td>`).join("")}` +
      `<td class="io-sum">${sum}</td></tr>`;
    this.$(".io-factors tbody").innerHTML =
      head +
      row("δ", delta, "", "io-shared") +
      grad_W
        .map((values, j) =>
          row(`d${L}/dW<sup>1</sup>, ${name(j)} = ${fixed(inputs[j]).trim()}`, values, "", "io-to-theta"),
        )
        .join("") +
      W.map((values, j) => row(`W<sup>1</sup>, ${name(j)}`, values, `· δ = ${fixed(grad_inputs[j])}`, "io-to-x")).join(
        "",
      );
    const [a, b] = grad_x.map((v) => fixed(v).trim());
    const through = features
      ? `d${L}/dx = (dφ/dx)<sup>T</sup> d${L}/dφ, with dφ/dx = ` +
        `${slopes.map((each, j) => `${name(j)}: (${each.map((v) => fixed(v).trim()).join(", ")})`).join("; ")}<br>`
      : "";
    this.$(".io-sums").innerHTML = `${through}<b>d${L}/dx = (${a}, ${b})</b>${unit ? `, x in ${unit}` : ""}`;
  }
}

// -------------------------------------------------------------- parts

const SHORT = {
  x1: "x₁",
  x2: "x₂",
  "x1^2": "x₁²",
  "x2^2": "x₂²",
  "x1*x2": "x₁x₂",
  "sin(x1)": "sin x₁",
  "sin(x2)": "sin x₂",
};

function drawArrows(pen, arrows, x, y, colour) {
  Object.assign(pen, { strokeStyle: colour, lineWidth: 1.2, globalAlpha: 0.6, lineCap: "round" });
  pen.beginPath();
  for (let i = 0; i < arrows.length; i += 4) {
    const [from, to] = [
      [x(arrows[i]), y(arrows[i + 1])],
      [x(arrows[i] + arrows[i + 2]), y(arrows[i + 1] + arrows[i + 3])],
    ];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (length < 0.5) continue;
    pen.moveTo(...from);
    pen.lineTo(...to);
    const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
    const barb = Math.min(5, length / 2);
    for (const turn of [0.5, -0.5]) {
      pen.moveTo(...to);
      pen.lineTo(to[0] - barb * Math.cos(angle + turn), to[1] - barb * Math.sin(angle + turn));
    }
  }
  pen.stroke();
  Object.assign(pen, { globalAlpha: 1, lineCap: "butt" });
}

const short = (v) => fixed(v, Math.abs(v) >= 100 ? 0 : Math.abs(v) < 0.1 ? 5 : 3).trim();
const percent = (v) => `${Math.round(100 * v)} %`;
