// The Playground's live view: draws frames into Plotly figures in place, and sends back what the
// viewer does. What is shown was computed by the server; here it is only formatted.
// One View per mounted root; Streamlit calls the default export again with every page rerun.

import { Diagram } from "./diagram.js";
import { Inspector, layerValues } from "./inspector.js";
import { listenToKeys, showKeys } from "../live/keys.js";
import { DataPoints } from "./points.js";
import { StopRules } from "./stopping.js";
import { Timeline } from "./timeline.js";
import { DragSender } from "../live/drag_sender.js";
import { dataURI, floats, inFigure, isDark, showMessage, Wire } from "../live/wire.js";

const views = new WeakMap();
const PAPER = { displayModeBar: false, responsive: true, doubleClick: "reset" };

export default function (component) {
  const root = component.parentElement.querySelector(".pg");
  let view = views.get(root);
  if (!view) views.set(root, (view = new View(root)));
  view.update(component);
  return () => setTimeout(() => root.isConnected || view.destroy(), 0);
}

// ---------------------------------------------------------------- sliders: position <-> value

const twoDigits = (x) => Number(x.toPrecision(2));
const snap = (values) => ({
  max: values.length - 1,
  value: (p) => values[p],
  place: (v) => values.reduce((best, x, i) => (Math.abs(x - v) < Math.abs(values[best] - v) ? i : best), 0),
});
export const SLIDERS = {
  learning_rate: {
    max: 240,
    value: (p) => twoDigits(10 ** (-5 + p / 40)),
    place: (v) => Math.round((Math.log10(v) + 5) * 40),
    text: (v) => (v < 0.001 ? v.toExponential(1) : String(v)),
  },
  batch_size: snap([1, 2, 3, 5, 8, 10, 15, 20, 25, 32, 50, 64, 100, 128, 200, 250, 500, 1000, 2000]),
  l2: {
    max: 161,
    value: (p) => (p === 0 ? 0 : twoDigits(10 ** (-5 + (p - 1) / 40))),
    place: (v) => (v === 0 ? 0 : Math.max(1, Math.round((Math.log10(v) + 5) * 40) + 1)),
    text: (v) => (v !== 0 && v < 0.001 ? v.toExponential(1) : String(v)),
  },
  n_classes: snap([2, 3, 4, 5, 6]),
  noise: { max: 100, value: (p) => p / 50, place: (v) => Math.round(v * 50), text: (v) => v.toFixed(2) },
  n_samples: snap([20, 30, 50, 80, 100, 150, 200, 250, 300, 400, 500, 700, 1000, 1500, 2000]),
  test_share: {
    max: 16,
    value: (p) => (10 + 5 * p) / 100,
    place: (v) => Math.round((v * 100 - 10) / 5),
    text: (v) => `${Math.round(v * 100)} %`,
  },
};

export class View {
  constructor(root) {
    this.root = root;
    this.$ = (selector) => root.querySelector(selector);
    this.settings = null;
    this.scene = null;
    this.frames = 0;
    this.picture = "";
    this.pending = {}; // settings that the server may not have followed yet
    this.diagram = new Diagram(this);
    this.inspector = new Inspector(this);
    this.points = new DataPoints(this);
    this.timeline = new Timeline(this);
    this.rules = new StopRules(this);
    this.serial = 0;
    this.drags = new DragSender(({ speed, ...settings }) => {
      if (speed !== undefined) this.send("speed", speed);
      if (Object.keys(settings).length) this.send("set", settings);
    });
    this.wire = new Wire({
      opened: () => {
        this.sentView = null;
        this.sendView();
      },
      draw: (frame) => this.draw(frame),
      say: (text, remedy) => this.say(text, remedy),
    });
    this.bind();
  }

  // -------------------------------------------------------------- page <-> view

  update({ data, setStateValue, setTriggerValue }) {
    const first = !this.data;
    Object.assign(this, { data, setStateValue });
    if (first) {
      this.buildSets();
      this.setUpSlider("speed", this.speedSlider());
      for (const [name, slider] of Object.entries(SLIDERS)) this.setUpSlider(name, slider);
      this.themeTimer = setInterval(() => this.sendView(), 1000);
    }
    this.wire.follow(data, setTriggerValue);
    this.sendView();
  }

  destroy() {
    this.gone = true;
    clearInterval(this.themeTimer);
    this.stopKeys();
    this.inspector.destroy();
    this.rules.destroy();
    this.resizer.disconnect();
    this.wire.close();
    for (const name of [".pg-field", ".pg-loss", ".pg-netplot"]) window.Plotly?.purge(this.$(name));
  }

  // The page's own state (widgets, link) follows what was done here: the socket has told the
  // session what, this only asks the page to look, once a moment of quiet has come.
  commit() {
    this.wire.tellPage(() => this.setStateValue("committed", ++this.serial), 150);
  }

  send(verb, value = null) {
    this.wire.send(verb, value);
  }

  sendView() {
    const net = this.$(".pg-net");
    const paper = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const view = {
      theme: isDark(paper) ? "dark" : "light",
      discretize: this.$("[name=discretize]").checked,
      width: net.clientWidth,
      height: net.clientHeight,
      wrong: this.$("[name=wrong]").checked,
      neuron: this.inspector.neuron,
      pre: this.inspector.pre,
      probe: this.points.probe,
    };
    const text = JSON.stringify(view);
    if (!view.width || text === this.sentView || !this.wire.isOpen) return;
    this.sentView = text;
    this.send("view", view);
  }

  // Until the server has followed, what was set here counts: a frame on its way must not turn a
  // slider back.
  wish(changes) {
    const { speed: _, ...settings } = changes;
    Object.assign(this.pending, settings);
    Object.assign(this.settings ?? {}, settings);
    clearTimeout(this.followed);
    this.followed = setTimeout(() => {
      this.pending = {};
      if (this.served && !this.gone) this.showSettings(this.served);
    }, 800);
    this.drags.wish(changes);
  }

  // The address bar follows a little later: it holds the epoch at which the view rests.
  transport(verb, value) {
    this.send(verb, value);
    this.root.classList.add("pg-used");
    this.commit();
  }

  // A finished edit: at once to the network, then to the page.
  edit(changes) {
    this.wish(changes);
    if (changes.hidden) this.diagram.showDepth();
    this.commit();
  }

  // -------------------------------------------------------------- controls

  bind() {
    const on = (selector, action) => (this.$(selector).onclick = action);
    on(".pg-play", () => this.transport(this.playing ? "pause" : "play"));
    on(".pg-step", () => this.transport("step", this.$("[name=unit]").value));
    on(".pg-reset", () => this.transport("reset"));
    on(".pg-newdata", () => this.settings && this.edit({ seed: this.settings.seed + 1 }));
    on(".pg-weights", () => this.settings && this.edit({ weight_seed: this.settings.weight_seed + 1 }));
    on(".pg-help", () => showKeys(this));
    this.stopKeys = listenToKeys(this);
    on(".pg-link", () => this.copyLink());
    on(".pg-message button", () => this.say(""));
    on(".pg-fewer", () => this.settings?.hidden.length && this.edit({ hidden: this.settings.hidden.slice(0, -1) }));
    on(
      ".pg-more",
      () =>
        this.settings?.hidden.length < this.data.maxLayers &&
        this.edit({ hidden: [...this.settings.hidden, this.settings.hidden.at(-1) ?? [4, "tanh"]] }),
    );
    this.$("[name=discretize]").onchange = () => this.sendView();
    this.$("[name=test]").onchange = () => this.showTest();
    this.$("[name=wrong]").onchange = () => {
      this.points.drawMarks();
      this.sendView();
    };
    this.$("[name=log]").onchange = () => this.drawLossAxis();
    this.resizer = new ResizeObserver(() => this.sendView());
    this.resizer.observe(this.$(".pg-net"));
  }

  speedSlider() {
    const speeds = this.data.speeds;
    return {
      max: speeds.length - 1,
      value: (p) => speeds[p],
      place: (v) => Math.max(0, speeds.indexOf(v)),
      text: (v) => (v === null ? "max" : `${v} / s`),
    };
  }

  setUpSlider(name, slider) {
    const input = this.$(`.pg-slider [name=${name}]`);
    const output = input.parentElement.querySelector("output");
    Object.assign(input, { min: 0, max: slider.max, step: 1 });
    // A label belongs to the first control in it, which is the output: the slider gets its own name.
    input.setAttribute("aria-label", input.previousElementSibling.firstChild.textContent.trim());
    const text = (value) => {
      const words = (slider.text ?? String)(value);
      input.setAttribute("aria-valuetext", words);
      return words;
    };
    this.bindDrag(input, name, () => {
      const value = slider.value(Number(input.value));
      output.value = text(value);
      return { [name]: value };
    });
    input.show = (value) => {
      if (this.drags.holds === name) return;
      output.value = text(value);
      input.value = slider.place(value);
    };
  }

  bindDrag(input, name, changes) {
    this.drags.bind(input, name, () => this.wish(changes()), () => this.edit(changes()));
  }

  buildSets() {
    const group = this.$(".pg-sets");
    const n = this.data.datasets.length;
    group.replaceChildren(
      ...this.data.datasets.map(({ name, title, about }, i) => {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", title: `${title}: ${about}`, name });
        button.setAttribute("aria-label", `Data: ${title}`);
        button.style.backgroundImage = `url(${this.data.pictures})`;
        button.style.backgroundSize = `${n * 100}% 100%`;
        button.style.backgroundPosition = `${(i / (n - 1)) * 100}% 0`;
        button.onclick = () => this.edit({ dataset: name });
        return button;
      }),
    );
  }

  showSettings(served) {
    this.served = served;
    const settings = (this.settings = { ...served, ...this.pending });
    for (const name of Object.keys(SLIDERS)) this.$(`.pg-slider [name=${name}]`).show(settings[name]);
    for (const button of this.$(".pg-sets").children)
      button.setAttribute("aria-pressed", button.name === settings.dataset);
    // Real and own data are used as they are; only some made sets have a number of classes.
    const set = this.data.datasets.find(({ name }) => name === settings.dataset);
    for (const [name, usable] of [["n_samples", set?.made], ["n_classes", set?.anyClasses]]) {
      const input = this.$(`[name=${name}]`);
      input.disabled = !usable;
      if (!usable) input.parentElement.querySelector("output").value = "–";
    }
    this.$(".pg-set").textContent = set?.title ?? "Own";
    this.diagram.showDepth();
    this.diagram.showLayers();
  }

  say(text, remedy) {
    showMessage(this.$(".pg-message"), text, remedy);
  }

  copyLink() {
    const url = new URL(location.href);
    url.search = this.data.query;
    url.searchParams.set("epoch", Math.min(this.epoch, this.data.maxEpochs));
    if (this.epoch > this.data.maxEpochs)
      this.say(`A link trains to epoch ${this.data.maxEpochs} at most: it opens there.`);
    const done = (text) => {
      this.$(".pg-link").textContent = text;
      setTimeout(() => (this.$(".pg-link").textContent = "Copy link"), 1500);
    };
    if (navigator.clipboard)
      navigator.clipboard.writeText(url).then(
        () => done("Copied ✓"),
        () => this.say(String(url)),
      );
    else this.say(String(url));
  }

  // -------------------------------------------------------------- frames

  async draw({ header, blobs }) {
    if (blobs.scene) await this.drawScene(JSON.parse(new TextDecoder().decode(blobs.scene.bytes)));
    if (header.settings) this.showSettings(header.settings);
    const traces = blobs.points && JSON.parse(new TextDecoder().decode(blobs.points.bytes));
    if (traces) this.drawPoints(traces);
    // What has not changed is not in the frame: fields, what is frozen, ...
    if (header.frozen) this.diagram.setMarks(header.frozen, header.killed);
    if (blobs.layer.length) this.diagram.drawLayers(blobs.layer);
    this.values = blobs.probe && layerValues(floats(blobs.probe), this.scene.sizes);
    this.diagram.drawEdges(floats(blobs.weights));
    this.diagram.showMoment(blobs.previous && floats(blobs.previous), blobs.gradient && floats(blobs.gradient));
    if (blobs.scene) this.inspector.showScene();
    this.inspector.draw(blobs);
    if (blobs.futures) this.timeline.drawFutures(JSON.parse(new TextDecoder().decode(blobs.futures.bytes)));
    if (blobs.losses) this.drawLosses(floats(blobs.losses));
    if (blobs.output) this.drawOutput(dataURI(blobs.output.bytes));
    if (blobs.curve) this.drawCurve(floats(blobs.curve));
    if (blobs.hover) this.drawHover(floats(blobs.hover), blobs.hover.side);
    else if (this.hovering && header.playing && blobs.output) this.hideHover();
    this.points.draw(blobs, traces, header.example);
    this.showNumbers(header);
    // The hooks come last: when they change, everything above is on screen.
    this.root.dataset.epoch = header.epoch;
    this.root.dataset.config = header.config;
    this.root.dataset.frames = this.frames;
  }

  // A scene holds the figures whose layout changed; the others stand.
  async drawScene(scene) {
    this.scene = Object.assign(this.scene ?? {}, scene);
    const react = (selector, figure, options = PAPER) =>
      figure && window.Plotly.react(this.$(selector), figure.data, figure.layout, options);
    await Promise.all([
      react(".pg-field", scene.output),
      react(".pg-netplot", scene.network, { ...PAPER, responsive: false, staticPlot: true }),
      react(".pg-loss", scene.loss),
    ]);
    if (scene.output) {
      this.picture = ""; // the figure came without its picture
      this.hovering = false;
      this.points.showScene();
      this.showTest();
      this.$(".pg-score-name").textContent = scene.kind === "regression" ? "Test R²" : "Test accuracy";
    }
    if (scene.network) this.diagram.showScene(scene);
    if (scene.loss) {
      this.lossZoomed = false;
      this.timeline.forgetFutures();
      this.drawLossAxis();
      const chart = this.$(".pg-loss");
      chart.removeAllListeners?.("plotly_relayout");
      chart.on("plotly_relayout", (change) => {
        if ("xaxis.range[0]" in change || "yaxis.range[0]" in change) this.lossZoomed = true;
        if ("xaxis.autorange" in change || "yaxis.autorange" in change) this.lossZoomed = false;
      });
    }
  }

  // Restyling 500 points takes Plotly 40 ms, moving their nodes 1: while data are dragged the nodes
  // move, and Plotly hears of it when they rest.
  drawPoints(traces) {
    clearTimeout(this.pointsRest);
    if (this.scene.known === this.scene.output && this.movePoints(traces)) {
      this.pointsRest = setTimeout(() => this.gone || this.restylePoints(traces), 250);
    } else this.restylePoints(traces);
    this.scene.known = this.scene.output;
  }

  restylePoints(traces) {
    const update = { x: traces.map((t) => t.x), y: traces.map((t) => t.y) };
    if (traces[0].color) update["marker.color"] = traces.map((t) => t.color);
    window.Plotly.restyle(this.$(".pg-field"), update, this.scene.pointTraces);
  }

  // Whether all points could be moved: not when their number or their colours change.
  movePoints(traces) {
    const field = this.$(".pg-field");
    const { xaxis, yaxis } = field._fullLayout;
    const groups = new Map();
    for (const group of field.querySelectorAll(".scatterlayer .trace")) {
      groups.set(group.__data__[0].trace.index, group.querySelectorAll(".point"));
    }
    const moves = traces.map((t, i) => [t, groups.get(this.scene.pointTraces[i])]).filter(([, nodes]) => nodes);
    if (traces[0].color || moves.some(([t, nodes]) => nodes.length !== t.x.length)) return false;
    for (const [t, nodes] of moves) {
      nodes.forEach((node, k) =>
        node.setAttribute("transform", `translate(${xaxis.c2p(t.x[k])},${yaxis.c2p(t.y[k])})`),
      );
    }
    return true;
  }

  showTest() {
    if (!this.scene) return;
    const traces = this.scene.pointTraces;
    window.Plotly.restyle(
      this.$(".pg-field"),
      { visible: this.$("[name=test]").checked },
      traces.slice(traces.length / 2),
    );
    this.points.drawMarks();
  }

  drawOutput(source) {
    if (source === this.picture) return;
    this.picture = source;
    this.frames += 1;
    window.Plotly.relayout(this.$(".pg-field"), { "images[0].source": source });
  }

  drawCurve(values) {
    const key = values.join();
    if (key === this.picture) return;
    this.picture = key;
    this.frames += 1;
    const units = this.scene.sizes.at(-1);
    const size = values.length / units;
    const curves = Array.from({ length: units }, (_, k) => values.slice(k * size, (k + 1) * size));
    window.Plotly.restyle(this.$(".pg-field"), { y: curves }, curves.map((_, k) => k));
  }

  drawHover(values, side) {
    const { extent, classes } = this.scene;
    const rows = (from) => Array.from({ length: side }, (_, r) => values.slice(from + r * side, from + (r + 1) * side));
    const z = rows(0);
    const winner = rows(side * side);
    const centres = ([low, high]) => Array.from({ length: side }, (_, i) => low + ((high - low) * (i + 0.5)) / side);
    const several = this.scene.sizes.at(-1) > 1;
    const [x, y] = this.scene.inputNames.map(inFigure);
    const update = {
      z: [z], x: [centres(extent[0])], y: [centres(extent[1])], visible: true, hoverinfo: "all",
      text: [several ? winner.map((row) => Array.from(row, (k) => `class ${inFigure(classes[k])}: `)) : null],
      hovertemplate: `${x} %{x:.2f}<br>${y} %{y:.2f}<br>${several ? "%{text}" : "output "}%{z:.3f}<extra></extra>`,
    };
    window.Plotly.restyle(this.$(".pg-field"), update, [0]);
    this.hovering = true;
  }

  hideHover() {
    this.hovering = false;
    window.Plotly.restyle(this.$(".pg-field"), { visible: false }, [0]);
  }

  // The epoch axis grows in steps: new tick labels with every drawing would cost most of its time.
  drawLosses(values) {
    const n = values.length / 3;
    const [epoch, train, test] = [0, 1, 2].map((i) => values.slice(i * n, (i + 1) * n));
    const layout = this.lossZoomed
      ? {}
      : { "xaxis.range": [0, roundUp(Math.max(epoch[n - 1], this.timeline.longest))] };
    window.Plotly.update(this.$(".pg-loss"), { x: [epoch, epoch], y: [train, test] }, layout, [0, this.timeline.trace]);
  }

  drawLossAxis() {
    if (this.scene)
      window.Plotly.relayout(this.$(".pg-loss"), { "yaxis.type": this.$("[name=log]").checked ? "log" : "linear" });
  }

  showNumbers(header) {
    this.epoch = header.epoch;
    this.timeline.show(header);
    this.rules.show(header.rules);
    this.$(".pg-undo").disabled = !header.edited;
    this.$(".pg-epoch-value").value = String(header.epoch).padStart(6, "0").replace(/(\d)(?=(\d{3})+$)/g, "$1,");
    const fixed = (x) => (x === null ? "not finite" : x < 100 ? x.toFixed(4) : x.toExponential(3));
    const score = (x) =>
      x === null ? "–" : this.scene.kind === "regression" ? x.toFixed(3) : `${(100 * x).toFixed(1)} %`;
    this.$("[name=train_loss]").value = fixed(header.train_loss);
    this.$("[name=test_loss]").value = fixed(header.test_loss);
    this.$("[name=test_score]").value = score(header.test_score);
    this.$(".pg-slider [name=speed]").show(header.speed);
    if (this.playing !== header.playing) {
      this.playing = header.playing;
      const play = this.$(".pg-play");
      play.querySelector("span").textContent = header.playing ? "Pause" : "Play";
      play
        .querySelector("path")
        .setAttribute("d", header.playing ? "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" : "M4 2.5v11l9-5.5z");
    }
    const text = header.diverged
      ? `The numbers stopped being finite in epoch ${header.diverged}; the network of epoch ${header.epoch} is kept. ` +
        `A lower learning rate or clipping helps.`
      : header.problem;
    if (text !== this.said) {
      this.said = text;
      this.say(text);
    }
    if (!header.playing) {
      this.$(".pg-summary").textContent =
        `Epoch ${header.epoch}. Train loss ${fixed(header.train_loss)}, test loss ${fixed(header.test_loss)}, ` +
        `${this.$(".pg-score-name").textContent} ${score(header.test_score)}.`;
    }
  }
}

// The next of 10, 12, 15, 20, ... 80, 100, 120, ...
export function roundUp(x) {
  const power = 10 ** Math.floor(Math.log10(Math.max(x, 10)));
  return power * [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= x);
}
