// A function drawn three times: computation graph, curve and mapping plot; a hand in any moves x.

import { drawMarks, PlaneBoard } from "../sandbox/input_plane.js";
import { dot, label, sample, stroke } from "../drawing/overlay.js";
import { bracketed, fixed, minus } from "../drawing/text.js";
import { mountSandbox } from "../sandbox/sandbox.js";

export default function (component) {
  return mountSandbox(component, DrawingsBoard);
}

const PLACES = [1, 2, 3, 4]; // of the chain's boxes
const EXAMPLES = {
  identity: ["identity"],
  linear: ["linear"],
  ReLU: ["relu"],
  tanh: ["tanh"],
  "linear → ReLU": ["linear", "relu"],
  "linear → ReLU → linear → tanh": ["linear", "relu", "linear", "tanh"],
  "linear → sine → linear → sigmoid": ["linear", "sine", "linear", "sigmoid"],
};
const [BOTTOM, TOP] = [0.04, 0.9]; // of the mapping plot's axes, within the figure
const GRIP = 16; // px from a handle at which a hand takes hold of it

class DrawingsBoard extends PlaneBoard {
  constructor(sandbox) {
    super(sandbox, { plane: ".dr-plane", graph: ".dr-graph", curve: ".dr-curve", mapping: ".dr-mapping" });
    const { plane, graph, curve, mapping } = this.overlays;
    const rest = () => sandbox.commit();
    graph.hold(([share]) => this.moveTo((share - 0.1) / 0.8), rest);
    curve.hold(([x]) => this.moveToInput(x), rest);
    mapping.hold((place) => this.moveInMapping(place), () => {
      this.axis = null;
      rest();
    });
    plane.hold((place) => this.moveInPlane(place), () => {
      this.grip = null;
      rest();
    });
    this.$(".dr-preset").append(...Object.keys(EXAMPLES).map((title) => new Option(title)));
    this.$(".dr-preset").onchange = (event) => this.choose(event.target);
    this.$(".dr-layer").onchange = (event) => sandbox.set({ layer: Number(event.target.value), unit: 1 });
    this.$(".dr-unit").onchange = (event) => sandbox.set({ unit: Number(event.target.value) });
  }

  start() {
    for (const i of PLACES)
      this.$(`[name=f${i}]`).append(...this.sandbox.data.boxes.map(([name, title]) => new Option(title, name)));
    super.start();
  }

  choose(select) {
    const names = EXAMPLES[select.value];
    select.value = "";
    this.sandbox.set(Object.fromEntries(PLACES.map((i) => [`f${i}`, names[i - 1] ?? "none"])));
  }

  take({ joined, curve }) {
    if (joined) this.kept.joined = joined;
    if (curve) this.kept.curve = curve;
  }

  painted() {
    super.painted();
    this.spanned = null;
  }

  // -------------------------------------------------------------- the hand

  get header() {
    return this.frame.header;
  }

  // To a share of the way from the input's low end to its high one.
  moveTo(share) {
    if (!this.frame) return;
    const inside = Math.min(Math.max(share, 0), 1);
    if (this.header.settings.source === "network") this.sandbox.drags.wish({ t: Math.round(inside * 1000) / 1000 });
    else {
      const [low, high] = this.header.curve.range;
      this.sandbox.drags.wish({ x: Math.round((low + inside * (high - low)) * 100) / 100 });
    }
  }

  moveToInput(x) {
    if (!this.frame) return;
    const [low, high] = this.header.curve.range;
    this.moveTo((x - low) / (high - low));
  }

  // To where the value on the axis that the hand took hold of is the hand's, as near as it can be.
  moveInMapping([x, y]) {
    if (!this.frame) return;
    const { axes, values } = this.header;
    this.axis ??= Math.round(Math.min(Math.max((x - 0.1) / 0.8, 0), 1) * (axes.length - 1));
    const [low, high] = axes[this.axis].range;
    const value = low + ((y - BOTTOM) / (TOP - BOTTOM)) * (high - low);
    const { joined } = this.kept;
    const n = joined.length / axes.length;
    const row = joined.subarray(this.axis * n, (this.axis + 1) * n);
    this.moveToInput(inputWith(value, joined.subarray(0, n), row, values[0]));
  }

  // The line's point, what turns it, or else x itself, whichever the hand took hold of.
  moveInPlane([x1, x2]) {
    const { line } = this.header;
    const { extent } = this.kept.scene;
    this.grip ??= this.gripAt([x1, x2], line);
    if (this.grip === "start") {
      const share = (x, [low, high], { min, max }) => Math.min(Math.max((x - low) / (high - low), min), max);
      const [across, up] = ["p1", "p2"].map((name) => this.$(`[name=${name}]`));
      this.sandbox.drags.wish({ p1: share(x1, extent[0], across), p2: share(x2, extent[1], up) });
      return;
    }
    const within = ([a, b]) => [a / line.scale[0], b / line.scale[1]];
    const [from, to, start, place] = [...line.ends, line.start, [x1, x2]].map(within);
    if (this.grip === "handle") {
      const angle = Math.atan2(line.side * (place[1] - start[1]), line.side * (place[0] - start[0]));
      this.sandbox.drags.wish({ angle: Math.round((angle * 180) / Math.PI) });
      return;
    }
    const along = [to[0] - from[0], to[1] - from[1]];
    const product = (place[0] - from[0]) * along[0] + (place[1] - from[1]) * along[1];
    this.moveTo(product / (along[0] ** 2 + along[1] ** 2));
  }

  gripAt(at, line) {
    const away = (place) => this.overlays.plane.distance(place, at);
    if (away(line.at) < GRIP) return "x";
    if (away(line.handle) < GRIP) return "handle";
    return away(line.start) < GRIP ? "start" : "x";
  }

  // -------------------------------------------------------------- drawing

  show({ header }) {
    const { settings, line } = header;
    const network = settings.source === "network";
    this.sandbox.root.dataset.source = settings.source;
    this.sandbox.root.toggleAttribute("data-line", Boolean(network && line.on_line));
    this.transport.show(header);
    for (const i of PLACES)
      this.$(`[name=w${i}]`)
        .closest(".dr-wb")
        .toggleAttribute("data-idle", settings[`f${i}`] !== "linear");
    if (network) this.showChoices(line);
    if (network && !line.on_line) this.showPlane(line);
    this.showGraph(header);
    this.showCurve(header);
    this.showMapping(header);
    this.showMappingLegend(header.axes[0].name);
    this.showSum(header);
  }

  showChoices({ sizes, layer, unit }) {
    const key = sizes.join();
    if (this.choices !== key) {
      this.choices = key;
      const hidden = sizes.slice(1, -1).map((_, i) => new Option(`${i + 1}`, i + 1));
      this.$(".dr-layer").replaceChildren(...hidden, new Option("output", 0));
    }
    const units = layer ? sizes[layer] : sizes.at(-1);
    const select = this.$(".dr-unit");
    if (select.options.length !== units)
      select.replaceChildren(...Array.from({ length: units }, (_, i) => new Option(i + 1)));
    this.$(".dr-layer").value = layer;
    select.value = unit;
  }

  showPlane({ ends, start, at, handle }) {
    const overlay = this.overlays.plane;
    this.showField(overlay, this.kept.field);
    overlay.clear();
    overlay.within((pen, x, y) => {
      const { ink, main } = this.theme.colours;
      for (const mark of this.kept.scene.marks) drawMarks(pen, mark, x, y, this.paper);
      const place = ([a, b]) => [x(a), y(b)];
      stroke(pen, ends.map(place), { colour: this.paper, width: 6 });
      stroke(pen, ends.map(place), { colour: ink, width: 3 });
      ring(pen, ...place(handle), ink, this.paper);
      square(pen, ...place(start), ink, this.paper);
      dot(pen, ...place(at), main, this.paper);
      label(pen, "p", place(start)[0] + 9, place(start)[1] + 16, ink, this.paper);
      label(pen, "x", place(at)[0] + 9, place(at)[1] - 9, main, this.paper);
    });
  }

  // From the input's own axis at the top down through the boxes.
  showGraph({ nodes, edges, curve }) {
    const overlay = this.overlays.graph;
    overlay.clear();
    overlay.within((pen, x, y, [width, height]) => {
      const { ink, main } = this.theme.colours;
      const pitch = (height - 34) / (nodes.length + 0.55);
      const tall = Math.min(44, 0.58 * pitch);
      const small = pitch < 44;
      const middle = width * (nodes[0].slope === undefined ? 0.35 : 0.42); // room for vectors, or for slopes
      const side = Math.min(150, width * 0.5) / 2;
      const [low, high] = [0.1, 0.9].map((share) => x(share));
      stroke(pen, [[low, 14], [high, 14]], { colour: ink, width: 2 });
      stroke(pen, [[low, 8], [low, 20]], { colour: ink, width: 2 });
      stroke(pen, [[high, 8], [high, 20]], { colour: ink, width: 2 });
      const at = low + curve.share * (high - low);
      dot(pen, at, 14, main, this.paper);
      let [from, top] = [[at, 22], 34];
      pen.font = `${small ? 11 : 13}px sans-serif`;
      edges.forEach(([value], i) => {
        const end = [middle, Math.min(top + pitch - tall, height - 6)];
        arrow(pen, from, end, i === edges.length - 1 ? main : ink);
        const aside = i === 0 && at > middle; // the slanting arrow is on the right
        pen.textAlign = aside ? "right" : "left";
        label(
          pen,
          edgeText(value),
          middle + (aside ? -10 : 10),
          (top + end[1]) / 2 + (i ? 4 : 8),
          i === 0 || i === edges.length - 1 ? main : ink,
          this.paper,
        );
        const node = nodes[i];
        if (!node) return;
        box(pen, middle - side, end[1], 2 * side, tall, ink, this.paper);
        pen.fillStyle = ink;
        pen.textAlign = "center";
        const both = node.note && tall > 32;
        pen.fillText(
          both || !node.note ? node.title : `${node.title}: ${node.note}`,
          middle,
          end[1] + tall / 2 + (both ? -3 : 5),
          2 * side - 6,
        );
        if (both) pen.fillText(node.note, middle, end[1] + tall / 2 + 14, 2 * side - 6);
        pen.textAlign = "left";
        if (node.slope !== undefined)
          label(pen, `f′ = ${fixed(node.slope).trim()}`, middle + side + 8, end[1] + tall / 2 + 5, ink, this.paper);
        [from, top] = [[middle, end[1] + tall], end[1] + tall];
      });
    });
  }

  showCurve({ axes, curve, values }) {
    const overlay = this.overlays.curve;
    const [input, output] = [axes[0].name, axes.at(-1).name];
    const span = [...curve.range, curve.reach, input, output].join();
    if (this.spanned !== span) {
      this.spanned = span;
      window.Plotly.relayout(overlay.figure, {
        "xaxis.range": curve.range,
        "yaxis.range": [-1.08 * curve.reach, 1.08 * curve.reach],
        "xaxis.title.text": input,
        "yaxis.title.text": output === "h" ? "h(x)" : output,
      });
    }
    overlay.clear();
    overlay.within((pen, x, y) => {
      const { ink, main } = this.theme.colours;
      const half = this.kept.curve.length / 2;
      const points = Array.from({ length: half }, (_, i) => [x(this.kept.curve[i]), y(this.kept.curve[half + i])]);
      stroke(pen, points, { colour: ink, width: 3 });
      const [at, value] = [values[0], values.at(-1)];
      const reach = 0.12 * (curve.range[1] - curve.range[0]);
      const tangent = [-reach, reach].map((dx) => [x(at + dx), y(value + curve.slope * dx)]);
      stroke(pen, tangent, { colour: main, width: 2, dash: "dash" });
      stroke(
        pen,
        [
          [x(at), y(0)],
          [x(at), y(value)],
          [x(curve.range[0]), y(value)],
        ],
        { colour: main, width: 1.5, dash: "dot" },
      );
      dot(pen, x(at), y(value), main, this.paper);
    });
  }

  showMapping({ axes, values }) {
    const overlay = this.overlays.mapping;
    overlay.clear();
    overlay.within((pen, x, y) => {
      const { ink, main, positive, negative } = this.theme.colours;
      const { joined } = this.kept;
      const n = joined.length / axes.length;
      const across = axes.map((_, i) => x(0.1 + (0.8 * i) / (axes.length - 1)));
      const up = (i, value) =>
        y(BOTTOM + (TOP - BOTTOM) * ((value - axes[i].range[0]) / (axes[i].range[1] - axes[i].range[0])));
      for (let k = 0; k < n; k++) {
        const points = across.map((px, i) => [px, up(i, joined[i * n + k])]);
        const above = joined[k] >= 0;
        stroke(pen, points, { colour: above ? positive : negative, dash: above ? "solid" : "dash", width: 1.3 });
      }
      axes.forEach(({ name, ticks, range }, i) => {
        stroke(pen, [[across[i], up(i, range[0])], [across[i], up(i, range[1])]], { colour: ink, width: 2 });
        pen.textAlign = "right";
        for (const tick of ticks) {
          stroke(pen, [[across[i] - 4, up(i, tick)], [across[i] + 4, up(i, tick)]], { colour: ink, width: 1.5 });
          label(pen, minus(tick), across[i] - 7, up(i, tick) + 4, ink, this.paper);
        }
        pen.textAlign = "center";
        pen.font = "bold 14px sans-serif";
        label(pen, name, across[i], y(0.955), ink, this.paper);
        pen.font = "12px sans-serif";
      });
      const points = across.map((px, i) => [px, up(i, values[i])]);
      stroke(pen, points, { colour: this.paper, width: 7 });
      stroke(pen, points, { colour: main, width: 4 });
      for (const point of points) dot(pen, ...point, main, this.paper);
      pen.textAlign = "left";
    });
  }

  showMappingLegend(name) {
    const { positive, negative, main } = this.theme.colours;
    const key = [name, positive, main].join();
    if (this.mappingLegend === key) return;
    this.mappingLegend = key;
    const entries = [
      [{ colour: positive, dash: "solid" }, `${name} ≥ 0`],
      [{ colour: negative, dash: "dash" }, `${name} < 0`],
      [{ colour: main, dash: "solid" }, `${name} now`],
    ];
    this.$(".dr-legend").innerHTML = entries
      .map(([look, text]) => `<span>${sample(look)}${text.replace("<", "&lt;")}</span>`)
      .join("");
  }

  showSum({ axes, values, curve, nodes }) {
    const [input, output] = [axes[0].name, axes.at(-1).name];
    const factors =
      nodes.every((node) => node.slope !== undefined) && nodes.length > 1
        ? `${nodes.map((node) => bracketed(node.slope)).join(" · ")} = `
        : "";
    const slope = `${factors}${fixed(curve.slope).trim()}`;
    this.$(".dr-sum").textContent =
      `${output}(${fixed(values[0]).trim()}) = ${fixed(values.at(-1), 3).trim()}     d${output}/d${input} = ` +
      `${slope}${factors ? "   (the chain rule: the product of all f′)" : ""}`;
  }
}

// The input whose output is `value`, between neighbours of those given; of several the one nearest to
// `present`, and without one that whose output is nearest.
export function inputWith(value, inputs, outputs, present) {
  const found = [];
  let [least, nearest] = [Infinity, []];
  inputs.forEach((input, k) => {
    const off = Math.abs(outputs[k] - value);
    if (off < least) [least, nearest] = [off, []];
    if (off === least) nearest.push(input);
    const step = outputs[k + 1] - outputs[k];
    const share = (value - outputs[k]) / step;
    if (share >= 0 && share <= 1) found.push(input + share * (inputs[k + 1] - input));
  });
  const choice = found.length ? found : nearest;
  return choice.reduce(
    (best, x) => (Math.abs(x - present) < Math.abs(best - present) ? x : best),
    choice[0] ?? present,
  );
}

// -------------------------------------------------------------- parts of the drawings

function edgeText([name, values, more]) {
  const numbers = values.map((value) => fixed(value).trim()).join(", ");
  return values.length > 1 || more ? `${name} = (${numbers}${more ? ", …" : ""})` : `${name} = ${numbers}`;
}

function box(pen, left, top, width, height, colour, paper) {
  Object.assign(pen, { strokeStyle: colour, fillStyle: paper, lineWidth: 2 });
  pen.beginPath();
  pen.roundRect(left, top, width, height, 7);
  pen.fill();
  pen.stroke();
}

function arrow(pen, from, to, colour) {
  stroke(pen, [from, to], { colour, width: 2 });
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const barb = (turn) => [to[0] - 8 * Math.cos(angle + turn), to[1] - 8 * Math.sin(angle + turn)];
  stroke(pen, [barb(0.5), to, barb(-0.5)], { colour, width: 2 });
}

function ring(pen, x, y, colour, paper) {
  Object.assign(pen, { fillStyle: paper, strokeStyle: colour, lineWidth: 3 });
  pen.beginPath();
  pen.arc(x, y, 7, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
}

function square(pen, x, y, colour, paper) {
  Object.assign(pen, { fillStyle: colour, strokeStyle: paper, lineWidth: 2 });
  pen.fillRect(x - 6, y - 6, 12, 12);
  pen.strokeRect(x - 6, y - 6, 12, 12);
}
