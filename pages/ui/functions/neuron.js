// One neuron on the line and in the plane, and what a chain of layers does to a gradient.

import { dot, FunctionBoard, label, sample, stroke } from "../drawing/overlay.js";
import { bracketed, exponent, fixed } from "../drawing/text.js";
import { setPicture } from "../drawing/plotly.js";
import { mountSandbox } from "../sandbox/sandbox.js";
import { dataURI } from "../live/frames.js";

export default function (component) {
  return mountSandbox(component, NeuronBoard);
}

const twoPlaces = (x) => Math.round(x * 100) / 100;

class NeuronBoard extends FunctionBoard {
  constructor(sandbox) {
    super(sandbox, { line: ".fn-line", plane: ".fn-plane", chain: ".fn-chain" });
    const { line, plane } = this.overlays;
    const rest = () => sandbox.commit();
    line.hold(([x]) => sandbox.drags.wish({ x: twoPlaces(x) }), rest);
    plane.hold(([x1, x2]) => sandbox.drags.wish({ x1: twoPlaces(x1), x2: twoPlaces(x2) }), rest);
    this.$(".fn-weights").onclick = () => sandbox.set({ seed: sandbox.settings.seed + sandbox.data.networks });
  }

  painted() {
    this.pictured = null; // the field on screen
    this.spanned = null; // the chain's axis
    this.rows ??= this.build();
    for (const [name, { line }] of Object.entries(this.rows)) line.innerHTML = sample(this.theme.looks[name]);
    const { negative, zero, positive } = this.theme.colours;
    this.$(".fn-scale i").style.background = `linear-gradient(90deg, ${negative}, ${zero}, ${positive})`;
  }

  build() {
    const { titles, initializers, about } = this.sandbox.data;
    this.$(".fn-about").textContent = about;
    this.$("[name=activation]").append(...Object.entries(titles).map(([name, title]) => new Option(title, name)));
    this.$("[name=initializer]").append(...initializers.map((name) => new Option(name.replace("_", " "), name)));
    const body = this.$(".fn-verdicts tbody");
    const entries = Object.entries(titles).map(([name, title]) => {
      const row = body.insertRow();
      row.innerHTML = `<td><label><input type="checkbox" aria-label="Measure ${title}">` +
        `<span></span>${title}</label></td><td></td><td></td><td></td>`;
      const check = row.querySelector("input");
      check.onchange = () => this.choose(name, check);
      return [name, { row, check, line: row.querySelector("label span"), cells: [...row.cells].slice(1) }];
    });
    return Object.fromEntries(entries);
  }

  choose(name, check) {
    const names = new Set(this.sandbox.settings.shown.split(","));
    if (check.checked) names.add(name);
    else if (names.size > 1) names.delete(name);
    else check.checked = true; // one stays
    this.sandbox.set({ shown: [...names].join() });
  }

  show({ header, blobs }) {
    const { settings, line, plane, chain } = header;
    const f = this.sandbox.data.titles[settings.activation];
    this.drawLine(settings, line, blobs.line, f);
    this.drawPlane(settings, plane, blobs[this.dark ? "dark" : "light"], f);
    this.drawChain(settings, chain, blobs.chain);
  }

  // -------------------------------------------------------------- the line

  drawLine(settings, { z, a, slope, da_dw: [da_dw], hinge }, values, f) {
    const { looks, colours } = this.theme;
    const { x: inputs } = this.sandbox.data;
    const [all_z, all_a] = [values.subarray(0, inputs.length), values.subarray(inputs.length)];
    const overlay = this.overlays.line;
    overlay.clear();
    overlay.within((pen, x, y, [width, height]) => {
      const curve = (heights) => Array.from(heights, (value, i) => [x(inputs[i]), y(value)]);
      if (hinge !== null) {
        const at = x(hinge);
        stroke(pen, [[at, 0], [at, height]], { colour: colours.ink, width: 1.5, dash: "dot" });
        label(pen, "z = 0", at + (at > width - 50 ? -42 : 5), height - 8, colours.ink, this.paper);
      }
      stroke(pen, curve(all_z), { colour: colours.ink, width: 1.5, dash: "dash" });
      stroke(pen, curve(all_a), { ...looks[settings.activation], dash: "solid", width: 3.5 });
      const at = x(settings.x);
      stroke(pen, [[at, 0], [at, height]], { colour: colours.ink, alpha: 0.5, width: 1.5 });
      dot(pen, at, y(z), colours.ink, this.paper);
      dot(pen, at, y(a), looks[settings.activation].colour, this.paper);
      label(pen, `– –  z`, 8, 16, colours.ink, this.paper);
      label(pen, `—  a = ${f}(z)`, 8, 32, looks[settings.activation].colour, this.paper);
    });
    const place = hinge === null ? "w = 0: no hinge, x does not matter" : `hinge at x = −b/w = ${fixed(hinge)}`;
    this.$(".fn-line-sum").textContent =
      `z = w·x + b = ${bracketed(settings.w)} · ${bracketed(settings.x)} + ${bracketed(settings.b)} = ${fixed(z)}\n` +
      `a = ${f}(z) = ${fixed(a, 4)}   f′(z) = ${fixed(slope, 4)}\n` +
      `∂a/∂w = f′(z)·x = ${fixed(da_dw, 4)}   ∂a/∂b = ${fixed(slope, 4)}\n${place}`;
  }

  // -------------------------------------------------------------- the plane

  drawPlane(settings, { z, a, slope, hinge, normal, length, distance, scale }, png, f) {
    const { colours } = this.theme;
    const overlay = this.overlays.plane;
    const picture = dataURI(png);
    if (picture !== this.pictured) {
      this.pictured = picture;
      setPicture(overlay.figure, 0, picture);
    }
    overlay.clear();
    overlay.within((pen, x, y) => {
      const twice = (points, width, dash) => {
        stroke(pen, points, { colour: this.paper, width: width + 2.5 });
        stroke(pen, points, { colour: colours.ink, width, dash });
      };
      if (hinge) twice(hinge.map(([x1, x2]) => [x(x1), y(x2)]), 2.5, "dash");
      if (normal) {
        const [from, to] = normal.map(([x1, x2]) => [x(x1), y(x2)]);
        twice([from, to], 2.5);
        const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
        const barb = (turn) => [to[0] - 11 * Math.cos(angle + turn), to[1] - 11 * Math.sin(angle + turn)];
        twice([barb(0.45), to, barb(-0.45)], 2.5);
        label(pen, "w", to[0] + 12 * Math.cos(angle) - 4, to[1] + 12 * Math.sin(angle) + 4, colours.ink, this.paper);
      }
      const at = [x(settings.x1), y(settings.x2)];
      dot(pen, ...at, colours.ink, this.paper);
      label(pen, "x", at[0] + 10, at[1] - 8, colours.ink, this.paper);
    });
    this.$(".fn-low").value = `${fixed(-scale, 1)}`;
    this.$(".fn-high").value = fixed(scale, 1).trim();
    const away =
      distance === null
        ? "w = 0: no hinge line"
        : `signed distance to the line z/‖w‖ = ${fixed(distance)}   ‖w‖ = ${fixed(length)}`;
    this.$(".fn-plane-sum").textContent =
      `z = ${bracketed(settings.w1)} · ${bracketed(settings.x1)} + ${bracketed(settings.w2)} · ` +
      `${bracketed(settings.x2)} + ${bracketed(settings.c)} = ${fixed(z)}\n` +
      `a = ${f}(z) = ${fixed(a, 4)}   f′(z) = ${fixed(slope, 4)}\n${away}`;
  }

  // -------------------------------------------------------------- the chain

  drawChain({ depth }, { meaning, range }, logarithms) {
    const { looks, colours } = this.theme;
    const overlay = this.overlays.chain;
    if (this.spanned !== range.join()) {
      this.spanned = range.join();
      window.Plotly.relayout(overlay.figure, { "yaxis.range": range });
    }
    overlay.clear();
    overlay.within((pen, x, y, [, height]) => {
      stroke(pen, [[0, y(0)], [x(20.5), y(0)]], { colour: colours.ink, width: 1 });
      const count = this.sandbox.data.networks + 1; // and their median
      Object.keys(meaning).forEach((name, i) => {
        const lines = Array.from({ length: count }, (_, k) =>
          logarithms.subarray((i * count + k) * depth, (i * count + k + 1) * depth),
        );
        // A size of exactly 0 has no place on this axis.
        const points = (line) =>
          Array.from(line, (value, l) => [x(l + 1), value === -Infinity ? height + 20 : y(value)]);
        for (const line of lines.slice(0, -1))
          stroke(pen, points(line), { ...looks[name], dash: "solid", width: 1, alpha: 0.35 });
        stroke(pen, points(lines.at(-1)), { ...looks[name], width: 3 });
        if (depth === 1) dot(pen, x(1), y(0), looks[name].colour, this.paper);
      });
    });
    for (const [name, { row, check, cells }] of Object.entries(this.rows)) {
      const known = meaning[name];
      check.checked = Boolean(known);
      row.classList.toggle("fn-off", !known);
      const texts =
        known && known.factor !== null
          ? [`×${fixed(known.factor)}`, `×\u2007${times(known.total)}`, known.verdict]
          : ["", "", ""];
      cells.forEach((cell, i) => (cell.textContent = texts[i]));
      row.dataset.verdict = known?.verdict ?? "";
    }
  }
}

// 0.0031, 8.1e−8, 0 where it is exactly that.
function times(x) {
  if (x === 0) return "0";
  return exponent(x >= 0.001 && x < 1000 ? x.toPrecision(2) : x.toExponential(1));
}
