// Data lifted by hand-made features, and by the viewer's network: each with what cuts it there and
// what that is in the input plane.

import { percent, setText } from "../drawing/text.js";
import { CloudsBoard } from "./clouds.js";
import { Panel } from "./panels.js";
import { mountSandbox } from "../sandbox/sandbox.js";

export default function (component) {
  return mountSandbox(component, LiftedBoard);
}

const PLACES = ["first", "second", "third"];

class LiftedBoard extends CloudsBoard {
  constructor(sandbox) {
    super(sandbox);
    this.panels = Object.fromEntries(
      ["trace", "made", "border", "learned"].map((name) => [name, new Panel(this.$(`.ly-${name}`))]),
    );
    this.views = {};
    for (const [name, panel] of Object.entries(this.panels)) {
      this.bindPanel(panel, () => this.views[name]?.dimensions === 3);
      this.resizer.observe(panel.canvas);
    }
    const point = this.$("[name=point]");
    point.addEventListener("input", () => (this.pinned = Number(point.value)));
    for (const name of PLACES) this.$(`[name=${name}]`).onchange = (event) => this.choose(name, event.target.value);
  }

  start() {
    for (const name of PLACES)
      this.$(`[name=${name}]`).append(
        ...Object.entries(this.sandbox.data.features).map(([value, title]) => new Option(title, value)),
      );
  }

  // A feature that another place has already changes places with it.
  choose(name, value) {
    const other = PLACES.find((place) => this.settings[place] === value);
    this.sandbox.set({ ...(other && { [other]: this.settings[name] }), [name]: value });
  }

  async draw({ header, blobs }) {
    const { settings, words, scene, plane, made, learned } = header;
    this.transport.show(header);
    this.take(settings);
    this.$(".ly-words").hidden = !words;
    setText(this.$(".ly-words"), words);
    this.$(".ly-learned-side").hidden = Boolean(words);
    for (const name of PLACES) this.$(`[name=${name}]`).value = settings[name];
    if (scene) {
      this.takeScene(scene, blobs);
      this.$("[name=point]").max = this.groups.size;
      this.plane = { ...plane, dimensions: 2, points: blobs.plane, axes: ["x₁", "x₂"] };
    }
    if (made) {
      this.views.made = { ...made, points: blobs.made, lines: blobs.madeGrid };
      this.views.trace = { ...this.plane, picture: await decoded(blobs.trace) };
      setText(
        this.$(".ly-made-result"),
        `${percent(made.share)} of the training points on the right side. ${made.formula}`,
      );
    }
    if (learned === null) this.views.learned = this.views.border = null;
    if (learned) {
      this.views.learned = { ...learned, points: blobs.learned, lines: blobs.learnedGrid };
      this.views.border = { ...this.plane, picture: await decoded(blobs.border) };
      setText(this.$(".ly-learned-words"), `${learned.title}: ${learned.drawn}`);
      setText(
        this.$(".ly-learned-title"),
        `${learned.title}, cut by the output layer${learned.partly ? ", partly in directions that are not drawn" : ""}`,
      );
      setText(
        this.$(".ly-learned-result"),
        `${percent(learned.share)} of the training points on the right side.`,
      );
    }
    this.paint();
  }

  paint() {
    const { common } = this;
    this.showLegend("dashed: what cuts the features; line in the inputs: the same border there");
    for (const [name, panel] of Object.entries(this.panels)) {
      const view = this.views[name];
      panel.canvas.classList.toggle("ly-turns", view?.dimensions === 3);
      if (!view || !panel.canvas.clientWidth) continue;
      panel.show({ ...common, ...view });
      if (this.settings.point) panel.mark(this.settings.point - 1);
    }
  }
}

const decoded = (png) => createImageBitmap(new Blob([png], { type: "image/png" }));
