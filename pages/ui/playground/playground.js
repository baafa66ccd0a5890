// The Playground's live view: draws frames into Plotly figures in place, and sends back what the
// viewer does. What is shown was computed by the server; here it is only formatted.

import { Diagram } from "./diagram.js";
import { Inspector, layerValues } from "./inspector.js";
import { LayerControls } from "./layer_controls.js";
import { LossChart } from "./loss_chart.js";
import { OutputField } from "./output_field.js";
import { DataPoints } from "./points.js";
import { StopRules } from "./stopping.js";
import { Timeline } from "./timeline.js";
import { forget } from "../drawing/plotly.js";
import { epochText, scoreText } from "../drawing/text.js";
import { showKeys } from "../live/keys.js";
import { mount, Shell } from "../live/shell.js";
import { dataURI } from "../live/frames.js";

const PAPER = { displayModeBar: false, responsive: true, doubleClick: "reset" };

export default (component) => mount(component, (root) => new Playground(root));

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

export class Playground extends Shell {
  quiet = 150;

  constructor(root) {
    super(root);
    this.settings = null;
    this.scene = null;
    this.controls = new LayerControls(this);
    this.diagram = new Diagram(this);
    this.inspector = new Inspector(this);
    this.field = new OutputField(this);
    this.points = new DataPoints(this);
    this.chart = new LossChart(this);
    this.timeline = new Timeline(this);
    this.rules = new StopRules(this);
    this.bind();
  }

  // -------------------------------------------------------------- page <-> view

  start() {
    this.buildSets();
    this.setUpSlider("speed", this.speedSlider());
    for (const [name, slider] of Object.entries(SLIDERS)) this.setUpSlider(name, slider);
  }

  update(component) {
    super.update(component);
    this.sendView();
  }

  end() {
    this.inspector.destroy();
    this.rules.destroy();
    this.field.destroy();
    this.chart.destroy();
    this.resizer.disconnect();
    forget(this.$(".pg-netplot"));
  }

  send(verb, value = null) {
    return this.wire.send(verb, value);
  }

  sendDragged({ speed, ...settings }) {
    const number = speed === undefined ? 0 : this.send("speed", speed);
    return Object.keys(settings).length ? this.send("set", settings) : number;
  }

  viewed() {
    const { clientWidth: width, clientHeight: height } = this.$(".pg-net");
    if (!width) return null;
    return {
      theme: this.theme,
      discretize: this.$("[name=discretize]").checked,
      width,
      height,
      wrong: this.$("[name=wrong]").checked,
      neuron: this.inspector.neuron,
      pre: this.inspector.pre,
      probe: this.points.probe,
    };
  }

  wish(changes) {
    Object.assign(this.settings ?? {}, changes); // the next click builds on it
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
    if (changes.hidden) this.controls.showDepth();
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
    this.useKeys(this);
    on(".pg-link", () => this.copyLink());
    on(".pg-fewer", () => this.settings?.hidden.length && this.edit({ hidden: this.settings.hidden.slice(0, -1) }));
    on(
      ".pg-more",
      () =>
        this.settings?.hidden.length < this.data.maxLayers &&
        this.edit({ hidden: [...this.settings.hidden, this.settings.hidden.at(-1) ?? [4, "tanh"]] }),
    );
    this.$("[name=discretize]").onchange = () => this.sendView();
    this.$("[name=test]").onchange = () => this.scene && this.showTest();
    this.$("[name=wrong]").onchange = () => {
      this.points.drawMarks();
      this.sendView();
    };
    this.$("[name=log]").onchange = () => this.scene && this.chart.showScale();
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
      if (name === this.drags.hand) return;
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
    const settings = (this.settings = { ...served, ...this.drags.ahead });
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
    this.controls.showDepth();
    this.controls.showLayers();
  }

  // The page's settings, and the epoch on screen.
  copyLink() {
    const most = this.data.maxEpochs;
    if (this.epoch > most) this.say(`A link trains to epoch ${most} at most: it opens there.`);
    super.copyLink(this.$(".pg-link"), { epoch: Math.min(this.epoch, most) });
  }

  // -------------------------------------------------------------- frames

  async draw({ header, blobs, settled }) {
    if (blobs.scene) await this.drawScene(blobs.scene);
    const served = header.settings ?? (settled && this.served);
    if (served) this.showSettings(served);
    const traces = blobs.points;
    if (traces) this.field.drawPoints(traces);
    // What has not changed is not in the frame: fields, what is frozen, ...
    if (header.frozen) this.diagram.setMarks(header.frozen, header.killed);
    if (blobs.layer.length) this.diagram.drawLayers(blobs.layer);
    this.values = blobs.probe && layerValues(blobs.probe, this.scene.sizes);
    this.diagram.drawEdges(blobs.weights);
    this.diagram.showBatchStep(blobs.previous, blobs.gradient);
    if (blobs.scene) this.inspector.showScene();
    this.inspector.draw(blobs, header.unit);
    if (blobs.futures) this.drawFutures(blobs.futures);
    if (blobs.losses) this.chart.draw(blobs.losses);
    if (blobs.output) this.field.drawPicture(dataURI(blobs.output));
    if (blobs.curve) this.field.drawCurve(blobs.curve);
    if (blobs.hover) this.field.drawHover(blobs.hover, header.hover_side);
    else if (this.field.hovering && header.playing && blobs.output) this.field.hideHover();
    this.points.draw(blobs, traces, header.example);
    this.showNumbers(header);
    // The hooks come last: when they change, everything above is on screen.
    this.root.dataset.epoch = header.epoch;
    this.root.dataset.config = header.config;
    this.root.dataset.frames = this.field.frames;
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
      this.field.showScene();
      this.points.showScene();
      this.$(".pg-score-name").textContent = scene.kind === "regression" ? "Test R²" : "Test accuracy";
    }
    if (scene.network) {
      this.controls.showScene();
      this.diagram.showScene();
    }
    if (scene.loss) this.chart.showScene();
  }

  showTest() {
    this.field.showTest();
    this.points.drawMarks();
  }

  drawFutures(futures) {
    this.chart.drawFutures(futures);
    this.timeline.colourBranches(this.chart.branchColours);
  }

  showNumbers(header) {
    this.epoch = header.epoch;
    this.timeline.show(header);
    this.chart.mark(header);
    this.rules.show(header.rules);
    this.$(".pg-undo").disabled = !header.edited;
    this.$(".pg-epoch-value").value = epochText(header.epoch);
    const [train, test] = [header.train_loss, header.test_loss].map(lossText);
    const score = scoreText(header.test_score, this.scene.kind === "regression");
    this.$("[name=train_loss]").value = train;
    this.$("[name=test_loss]").value = test;
    this.$("[name=test_score]").value = score;
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
        `Epoch ${header.epoch}. Train loss ${train}, test loss ${test}, ` +
        `${this.$(".pg-score-name").textContent} ${score}.`;
    }
  }
}

const lossText = (x) => (x === null ? "not finite" : x < 100 ? x.toFixed(4) : x.toExponential(3));
