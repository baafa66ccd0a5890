// The cloud of data at every stage of the network, side by side, and once on its way between them.

import { clearedPen } from "../drawing/canvas.js";
import { percent, setText } from "../drawing/text.js";
import { CloudsBoard } from "./clouds.js";
import { Panel, ringPoint, signed } from "./panels.js";
import { mountSandbox } from "../sandbox/sandbox.js";

export default function (component) {
  return mountSandbox(component, CloudBoard);
}

const MOVE_SECONDS = 2.2; // from one stage to the next
const ARROW = 0.1; // of a stage, that an arrow key moves; with shift or a page key a whole one
const SHOWN_ENTRIES = 6; // rows and columns of a matrix that are written out

class CloudBoard extends CloudsBoard {
  constructor(sandbox) {
    super(sandbox);
    this.panels = [];
    this.moved = new Panel(this.$(".ly-moved"));
    this.bindPanel(this.moved, () => this.between?.dimensions === 3);
    this.bindPlace();
    const point = this.$("[name=point]");
    point.addEventListener("input", () => (this.pinned = Number(point.value)));
    for (const name of [".ly-strip", ".ly-moved"]) this.resizer.observe(this.$(name));
  }

  end() {
    super.end();
    this.stop();
  }

  // -------------------------------------------------------------- the place

  bindPlace() {
    const slider = (this.slider = this.$("[name=place]"));
    const follow = () => {
      this.stop();
      this.go(Number(slider.value));
    };
    this.sandbox.drags.bind(slider, "place", follow, () => (follow(), this.sandbox.commit()));
    slider.onkeydown = (event) => this.onKey(event);
    this.$(".ly-go").onclick = () => (this.playing ? this.rest() : this.play());
    this.$(".ly-back").onclick = () => this.jumpBy(-1);
    this.$(".ly-next").onclick = () => this.jumpBy(1);
  }

  onKey(event) {
    const side = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 }[event.key];
    if (!side || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.shiftKey || event.key.startsWith("Page")) this.jumpBy(side);
    else this.jump(Math.round((this.place + side * ARROW) / ARROW) * ARROW);
  }

  // To the next stage on one side.
  jumpBy(side) {
    this.jump(side > 0 ? Math.floor(this.place + 0.001) + 1 : Math.ceil(this.place - 0.001) - 1);
  }

  go(place) {
    this.place = Math.min(Math.max(place, 0), this.last ?? 0);
    this.sandbox.drags.wish({ place: this.place });
  }

  jump(place) {
    this.stop();
    this.go(place);
    this.sandbox.commit();
  }

  play() {
    if (this.place >= this.last) this.place = 0;
    let before = performance.now();
    const step = (now) => {
      this.go(this.place + (now - before) / 1000 / MOVE_SECONDS);
      before = now;
      if (this.place >= this.last) this.rest();
      else this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
    this.$(".ly-go").textContent = "Stop";
  }

  stop() {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.$(".ly-go").textContent = "Play the moves";
  }

  rest() {
    this.stop();
    this.sandbox.commit();
  }

  // -------------------------------------------------------------- a frame

  draw({ header, blobs }) {
    const { settings, words, scene, stages, moved, shares, point } = header;
    this.transport.show(header);
    this.$(".ly-words").hidden = !words;
    this.$(".ly-words").textContent = words;
    if (words) return;
    this.take(settings);
    if (scene) this.takeScene(scene, blobs);
    if (stages) this.showStages(header, blobs);
    if (scene || stages || this.cameraMoved(settings)) this.paintStages();
    this.showShares(shares);
    this.showPlace(header);
    if (moved) {
      this.between = { ...moved, points: blobs.moved, lines: blobs.movedGrid };
      this.showMove(moved);
    }
    if (point !== undefined) this.showPoint(point);
    this.paintMoved();
    this.paintJoins();
  }

  cameraMoved({ turn, tilt }) {
    const camera = `${turn} ${tilt}`;
    const moved = camera !== this.camera;
    this.camera = camera;
    return moved && this.stages?.some(({ dimensions }) => dimensions === 3);
  }

  showStages({ stages, map, border }, blobs) {
    this.border = border;
    this.$("[name=point]").max = this.groups.size;
    if (stages.length !== this.panels.length) this.build(stages.length);
    this.last = stages.length - 1;
    const { points, grid: lines } = blobs;
    const total = stages.reduce((sum, { dimensions }) => sum + dimensions, 0);
    let [at, from] = [0, 0];
    this.stages = stages.map((stage, i) => {
      const [n, m] = [points, lines].map((all) => (all.length / total) * stage.dimensions);
      const own = { ...stage, points: points.subarray(at, at + n), lines: lines.subarray(from, from + m) };
      [at, from] = [at + n, from + m];
      const { figure } = this.panels[i];
      setText(figure.querySelector("figcaption"), stage.title);
      setText(figure.querySelector(".ly-drawn"), stage.drawn);
      setText(figure.querySelector(".ly-note"), stage.note);
      figure.querySelector("canvas").classList.toggle("ly-turns", stage.dimensions === 3);
      return own;
    });
    const space = stages.some(({ dimensions }) => dimensions === 3);
    for (const label of this.sandbox.root.querySelectorAll(".ly-space")) label.hidden = !space;
    const wide = stages.some(({ wide: more }) => more);
    this.$(".ly-wide").hidden = !wide;
    this.$(".ly-units").hidden = !wide || this.settings.wide !== "units";
    this.showMap(map, stages);
  }

  build(n) {
    this.panels = Array.from({ length: n }, (_, i) => {
      const figure = document.createElement("figure");
      figure.innerHTML = `<figcaption></figcaption><canvas role="img"></canvas><p class="ly-share" title="How many ` +
        `of the training points the best linear classifier found here gets right (logistic regression)"></p>` +
        `<p class="ly-drawn"></p><p class="ly-note" title="The output layer also looks along directions that this ` +
        `picture does not show: choose “last one across the border” to see its border as it is"></p>`;
      const panel = new Panel(figure.querySelector("canvas"));
      panel.figure = figure;
      this.bindPanel(panel, () => this.stages?.[i].dimensions === 3);
      figure.querySelector("figcaption").onclick = () => this.jump(i);
      return panel;
    });
    this.$(".ly-row").replaceChildren(...this.panels.map(({ figure }) => figure));
  }

  showShares(shares) {
    this.panels.forEach(({ figure, canvas }, i) => {
      const share = shares[i];
      const text =
        share === undefined ? "" : `linear classifier: ${share === null ? "…" : percent(share, 0)}`;
      setText(figure.querySelector(".ly-share"), text);
      canvas.ariaLabel = `The data at ${figure.querySelector("figcaption").textContent}. ${text}`;
    });
  }

  showPlace({ place, last }) {
    this.slider.max = last;
    this.sandbox.root.dataset.place = place;
    if (!this.sandbox.drags.holds("place") && !this.playing) {
      this.slider.value = place;
      this.place = place;
    }
    const at = Math.abs(Math.round(place) - place) < 1e-9 ? Math.round(place) : -1;
    this.bringIntoSight(Math.round(place));
    this.panels.forEach(({ figure }, i) => figure.classList.toggle("ly-here", i === at));
  }

  // Scrolls the strip, and nothing else, to the stage where the cloud is.
  bringIntoSight(i) {
    if (i === this.inSight) return;
    this.inSight = i;
    const { figure } = this.panels[i];
    const strip = this.$(".ly-strip");
    const middle = figure.offsetLeft + figure.offsetWidth / 2;
    strip.scrollTo({ left: middle - strip.clientWidth / 2, behavior: this.playing ? "smooth" : "auto" });
  }

  showMove({ title, formula, phases, phase, depth }) {
    setText(this.$(".ly-title"), title);
    setText(this.$(".ly-formula"), formula);
    this.slider.setAttribute("aria-valuetext", `${title}, ${phases[phase].name}`);
    const list = this.$(".ly-phases");
    while (list.children.length > phases.length) list.lastChild.remove();
    while (list.children.length < phases.length) list.append(document.createElement("li"));
    phases.forEach(({ name, does }, i) => {
      const item = list.children[i];
      setText(item, `${i === phase ? "▸ " : ""}${name} ${does}`);
      item.classList.toggle("ly-now", i === phase);
    });
    this.$(".ly-moved").classList.toggle("ly-turns", depth > 0);
  }

  // -------------------------------------------------------------- a point

  showPoint(point) {
    setText(this.$(".ly-label"), point ? point.label : "point or click in any picture");
    const rows = (point?.rows ?? []).map(([title, values]) => {
      const row = document.createElement("p");
      const name = Object.assign(document.createElement("b"), { textContent: `${title} ` });
      row.append(name, `(${values.map((value) => signed(value)).join(", ")})`);
      return row;
    });
    this.$(".ly-numbers").replaceChildren(...rows);
  }

  // -------------------------------------------------------------- linear layers only

  showMap(map, stages) {
    const box = this.$(".ly-map");
    box.hidden = !map;
    if (!map) return;
    const layers = map.factors.length;
    const input = stages[0].title;
    const [end, product] = [
      stages.at(-2).title,
      map.factors.map((_, i) => stages[2 * i + 1].title.replace("Z", "W")).join(" "),
    ];
    const words = document.createElement("p");
    words.textContent = layers === 1
      ? `No hidden layer: ${end} = ${input} W + b is one linear map.`
      : `Linear layers only: all ${layers} are one linear map, ${end} = ${input} W + b with W = ${product}.`;
    const parts = [["W", map.W], ["b", [map.b]]];
    if (layers > 1) parts.push(...map.factors.map((factor, i) => [stages[2 * i + 1].title.replace("Z", "W"), factor]));
    const row = document.createElement("div");
    row.append(...parts.map(([name, rows]) => matrix(name, rows)));
    box.replaceChildren(words, row);
  }

  // -------------------------------------------------------------- drawing

  paint() {
    if (!this.stages) return;
    this.paintStages();
    this.paintMoved();
    this.paintJoins();
  }

  paintStages() {
    const { common } = this;
    this.showLegend(this.settings.points === "all" && "hollow: test points", this.border);
    this.stages.forEach((stage, i) => this.panels[i].show({ ...common, ...stage }));
  }

  paintMoved() {
    if (!this.between) return;
    this.moved.show({ ...this.common, ...this.between });
    if (this.settings.point) this.moved.mark(this.settings.point - 1);
  }

  // The followed point in all panels, joined.
  paintJoins() {
    const { point } = this.settings;
    const canvas = this.$(".ly-joins");
    if (!point && !this.joined) return;
    this.joined = Boolean(point);
    const pen = clearedPen(canvas);
    const origin = canvas.getBoundingClientRect();
    const places = this.panels.flatMap(({ canvas: own, x, y }) => {
      if (!(point - 1 < (x?.length ?? 0)) || !point) return [];
      const box = own.getBoundingClientRect();
      return [[box.left - origin.left + x[point - 1], box.top - origin.top + y[point - 1]]];
    });
    const { ink, view } = this.panels[0];
    for (const [colour, width] of [[view.paper, 4], [ink, 1.6]]) {
      Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineJoin: "round" });
      pen.beginPath();
      for (const place of places) pen.lineTo(...place);
      pen.stroke();
    }
    for (const [x, y] of places) ringPoint(pen, x, y, ink, view.paper);
  }
}

// A matrix with its name and shape; its numbers where they are few.
function matrix(name, rows) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = `${name} (${rows.length} × ${rows[0].length})`;
  figure.append(caption);
  if (Math.max(rows.length, rows[0].length) > SHOWN_ENTRIES) return figure;
  const table = document.createElement("table");
  for (const row of rows)
    for (const [i, value] of row.entries())
      (i ? table.rows[table.rows.length - 1] : table.insertRow()).insertCell().textContent = signed(value);
  figure.append(table);
  return figure;
}
