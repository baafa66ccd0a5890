// What boards of panels with one cloud of points have in common: the transport, a point to follow,
// space to turn, the legend.

import { Groups } from "./panels.js";
import { Transport } from "../sandbox/transport.js";

export class CloudsBoard {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    this.transport = new Transport(sandbox);
    this.resizer = new ResizeObserver(() => this.settings && !sandbox.gone && this.paint());
  }

  end() {
    this.resizer.disconnect();
  }

  themed() {
    this.paper = null;
    this.dark = this.sandbox.isDark;
    if (this.settings) this.paint();
  }

  // What all panels draw with.
  get common() {
    const { sandbox, settings, scene } = this;
    this.dark ??= sandbox.isDark;
    this.paper ??= sandbox.paper;
    return {
      ...{ camera: settings, groups: this.groups, looks: sandbox.data.looks, samples: sandbox.data.samples },
      dark: this.dark,
      paper: this.paper,
      heightName: scene.regression ? `height: ${scene.names[0]}` : "height: only the class",
    };
  }

  take(settings) {
    this.settings = settings;
    if (this.pinned === undefined) this.pinned = settings.point;
    this.wanted = this.sandbox.settings.point; // with what no frame knows yet
  }

  takeScene(scene, blobs) {
    this.scene = scene;
    this.groups = new Groups(scene, blobs.groups, blobs.lanes);
  }

  // A panel's points can be followed with the pointer and pinned by a click, its space turned.
  bindPanel(panel, isSpace) {
    const { sandbox } = this;
    const { canvas } = panel;
    holdSpace(canvas, {
      camera: () => this.settings,
      isSpace,
      turned: (camera) => sandbox.drags.wish(camera),
      rest: () => sandbox.commit(),
      clicked: (event) => {
        const point = panel.nearest(event) + 1;
        this.pinned = point === this.pinned ? 0 : point;
        sandbox.set({ point: this.pinned });
      },
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons || event.pointerType === "touch") return;
      this.follow(panel.nearest(event) + 1 || this.pinned);
    });
    canvas.addEventListener("pointerleave", (event) => event.buttons || this.follow(this.pinned));
  }

  follow(point) {
    if (point === undefined || point === this.wanted) return;
    this.wanted = point;
    this.sandbox.drags.wish({ point });
  }

  // The classes' marks, or the ends of a number's colours, and more sentences.
  showLegend(...more) {
    const { looks } = this.sandbox.data;
    const entry = (sign, colour, text) => {
      const mark = Object.assign(document.createElement("b"), { textContent: sign });
      mark.style.color = colour;
      const item = document.createElement("span");
      item.append(mark, ` ${text}`);
      return item;
    };
    const { regression, names, ends } = this.scene;
    const said = [this.dark, ...names, ...(ends ?? []), ...more].join("\n");
    if (said === this.legend) return;
    this.legend = said;
    const numbers = looks.numbers[this.dark ? "dark" : "light"];
    const entries = regression
      ? [colourScale(names[0], numbers, ends)]
      : names.map((name, i) => entry(looks.signs[i], looks.classes[i], `class ${name}`));
    const words = more
      .filter(Boolean)
      .map((textContent) => Object.assign(document.createElement("span"), { textContent }));
    this.$(".ly-legend").replaceChildren(...entries, ...words);
  }
}

// A bar of the colours that a number goes through, with its two ends.
function colourScale(name, colours, [low, high]) {
  const item = document.createElement("span");
  const bar = Object.assign(document.createElement("i"), { className: "ly-scale" });
  bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  item.append(`${name} = ${low} `, bar, ` ${high}`);
  return item;
}

// Turns space while a pointer is held: `turned({turn, tilt})` hears of every move, `rest()` of the
// end; a press that is let go where it began is a click.
export function holdSpace(canvas, { camera, isSpace, turned, rest, clicked }) {
  canvas.addEventListener("pointerdown", (pressed) => {
    if (pressed.button) return;
    const { turn, tilt } = camera();
    let moved = false;
    if (isSpace()) canvas.setPointerCapture(pressed.pointerId);
    canvas.onpointermove = (event) => {
      const [dx, dy] = [event.clientX - pressed.clientX, event.clientY - pressed.clientY];
      moved ||= Math.hypot(dx, dy) > 4;
      if (!moved || !isSpace()) return;
      const around = ((((turn - dx * 0.5 + 180) % 360) + 360) % 360) - 180;
      turned({ turn: Math.round(around), tilt: Math.round(Math.min(Math.max(tilt - dy * 0.5, 0), 180)) });
    };
    canvas.onpointerup = canvas.onpointercancel = (event) => {
      canvas.onpointermove = canvas.onpointerup = canvas.onpointercancel = null;
      if (!moved && event.type === "pointerup") clicked(event);
      else if (moved && isSpace()) rest();
    };
  });
}
