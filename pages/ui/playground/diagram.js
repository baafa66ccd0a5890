// The network, drawn: units and their fields, edges (edges.js) and marks above them (marks.js); what the
// pointer rests on says its numbers, a click opens the inspector.
// A part of the live view (playground.js).
//
// A part of the network is {kind, layer, from, to}: a weight from unit `from` of the layer before
// to unit `to`, the bias of unit `to`, or the unit `to` itself; layers and units count from 1.

import { drawEdges, faintestOf, indexOf, partAt, partNear } from "./edges.js";
import { crossOut, drawMoves, highlight, lock } from "./marks.js";
import { sizedPen } from "../drawing/canvas.js";
import { setPicture } from "../drawing/plotly.js";
import { fourDecimals } from "../drawing/text.js";
import { dataURI } from "../live/frames.js";

const NEAR = 5; // px from an edge's rim at which the pointer still means it
const FINGER = 12;
const PULL = "#cc79a7"; // arrows of what one example asks for, before anything has moved

export class Diagram {
  constructor(view) {
    this.view = view;
    this.frozen = new Set();
    this.killed = new Set();
    this.hovered = this.selected = null;
    this.bindPointer();
    this.bindKeys();
  }

  showScene() {
    this.previous = this.gradient = null; // of another network
    this.penOn(".pg-net canvas"); // as large as this network's figure, and empty
    this.penOn(".pg-marks");
    this.showUnits();
    this.showLegend();
    this.paper = this.view.paper;
    this.hover(null);
  }

  // -------------------------------------------------------------- what is where

  indexOf(part) {
    return indexOf(this.view.scene.sizes, part);
  }

  exists({ kind, layer, from, to }) {
    const { sizes } = this.view.scene;
    return layer < sizes.length && to <= sizes[layer] && (kind !== "weight" || from <= sizes[layer - 1]);
  }

  isFrozen(part) {
    return this.frozen.has(this.indexOf(part));
  }

  isKilled(layer, unit) {
    return this.killed.has(`${layer}-${unit}`);
  }

  unitName(layer, unit) {
    const { sizes, features } = this.view.scene;
    if (layer === 0) return features[unit - 1];
    if (layer < sizes.length - 1) return `unit ${unit}`;
    if (sizes[layer] === 1) return "the output";
    const { kind, classes } = this.view.scene;
    return `output ${unit}${kind === "regression" ? "" : ` (class ${classes[unit - 1] ?? ""})`}`;
  }

  nameOf({ kind, layer, from, to }) {
    if (kind === "weight")
      return `w${raised(layer)} from ${this.unitName(layer - 1, from)} to ${this.unitName(layer, to)}`;
    if (kind === "bias") return `b${raised(layer)} of ${this.unitName(layer, to)}`;
    const place = layer < this.view.scene.sizes.length - 1 ? `Hidden layer ${layer}, ` : "";
    const name = place + this.unitName(layer, to);
    return name[0].toUpperCase() + name.slice(1);
  }

  // -------------------------------------------------------------- pointer and keys

  bindPointer() {
    const net = this.view.$(".pg-net");
    const marks = this.view.$(".pg-marks");
    const partOf = (event, reach) => {
      if (!this.view.scene || !this.parameters) return null;
      const unit = event.target.closest(".pg-units button");
      if (unit) return { kind: "unit", layer: Number(unit.dataset.layer), to: Number(unit.dataset.unit) };
      if (event.target !== marks) return null;
      const box = marks.getBoundingClientRect();
      const place = [event.clientX - box.left, event.clientY - box.top];
      return partNear(this.view.scene, this.parameters, this.faintest, place, reach);
    };
    net.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch" || event.buttons) return; // a tap is a click
      const box = net.getBoundingClientRect();
      this.hover(partOf(event, NEAR), event.clientX - box.left, event.clientY - box.top);
    });
    net.addEventListener("pointerleave", () => this.hover(null));
    net.addEventListener("click", (event) => {
      const part = partOf(event, event.pointerType === "touch" ? FINGER : NEAR);
      if (part) this.view.inspector.open(part);
    });
  }

  // One stop for Tab; from there the arrow keys go from unit to unit.
  bindKeys() {
    const group = this.view.$(".pg-units");
    group.addEventListener("focusin", ({ target }) => {
      for (const button of group.children) button.tabIndex = button === target ? 0 : -1;
      if (!target.matches(":focus-visible")) return;
      const [layer, to] = [Number(target.dataset.layer), Number(target.dataset.unit)];
      this.hover({ kind: "unit", layer, to }, ...this.view.scene.nodes[layer][to - 1]);
    });
    group.addEventListener("focusout", () => this.hover(null));
    group.addEventListener("keydown", (event) => {
      const { sizes } = this.view.scene;
      const [layer, unit] = [Number(event.target.dataset.layer), Number(event.target.dataset.unit)];
      const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
        event.key
      ] ?? [0, 0];
      if (!across && !down) return;
      event.preventDefault();
      event.stopPropagation();
      const next = Math.min(Math.max(layer + across, 1), sizes.length - 1);
      this.unitButton(next, Math.min(Math.max(unit + down, 1), sizes[next]))?.focus();
    });
  }

  unitButton(layer, unit) {
    return this.view.$(`.pg-units [data-layer="${layer}"][data-unit="${unit}"]`);
  }

  showUnits() {
    const { nodes, sides, activations } = this.view.scene;
    const buttons = nodes.slice(1).flatMap((column, l) =>
      column.map(([x, y], j) => {
        const button = document.createElement("button");
        const [layer, side] = [l + 1, sides[l + 1]];
        button.type = "button";
        Object.assign(button.dataset, { layer, unit: j + 1 });
        Object.assign(button.style, {
          left: `${x - side / 2}px`,
          top: `${y - side / 2}px`,
          width: `${side}px`,
          height: `${side}px`,
        });
        button.setAttribute("aria-label", `${this.nameOf({ kind: "unit", layer, to: j + 1 })}, ${activations[l]}`);
        button.tabIndex = layer === 1 && j === 0 ? 0 : -1;
        return button;
      }),
    );
    this.view.$(".pg-units").replaceChildren(...buttons);
  }

  hover(part, x = 0, y = 0) {
    const changed = JSON.stringify(part) !== JSON.stringify(this.hovered);
    this.hovered = part;
    const tip = this.view.$(".pg-tip");
    tip.hidden = !part;
    this.view.$(".pg-marks").style.cursor = part ? "pointer" : "";
    if (part) {
      this.place = [x, y];
      this.showTip();
    }
    if (changed) this.drawMarks();
  }

  // The numbers of what the pointer rests on; they move with every frame, their places do not.
  showTip() {
    const part = this.hovered;
    const { activations } = this.view.scene;
    const before = (index) => (this.previous ? `${fourDecimals(this.previous[index])} → ` : "");
    const value = (index) => before(index) + fourDecimals(this.parameters[index]);
    const lines = [this.nameOf(part)];
    if (part.kind === "weight")
      lines.push(
        `${part.layer === 1 ? "inputs" : `layer ${part.layer - 1}`} to layer ${part.layer}`,
        `w ${value(this.indexOf(part))}`,
      );
    if (part.kind === "bias") lines.push(`b ${value(this.indexOf(part))}`);
    if (part.kind !== "unit" && this.isFrozen(part)) lines.push("frozen");
    if (part.kind === "unit") {
      lines.push(activations[part.layer - 1].replace("_", " "), `b ${value(this.indexOf({ ...part, kind: "bias" }))}`);
      const probed = this.view.values?.[part.layer];
      if (probed) lines.push(`z ${fourDecimals(probed.z[part.to - 1])}`, `a ${fourDecimals(probed.a[part.to - 1])}`);
      if (this.isKilled(part.layer, part.to)) lines.push("held at 0");
    }
    if (this.gradient) {
      const of = part.kind === "weight" ? part : { ...part, kind: "bias" };
      lines.push(
        `∂L/∂${of.kind === "weight" ? "w" : "b"} ${fourDecimals(this.gradient[this.indexOf(of)])}`,
        "of this example",
      );
    }
    const tip = this.view.$(".pg-tip");
    const net = this.view.$(".pg-net");
    const [x, y] = this.place;
    tip.textContent = lines.join("\n");
    tip.style.left = "0px"; // at the edge it would be squeezed, and measured so
    tip.style.left = `${Math.max(0, Math.min(x + 14, net.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > net.clientHeight ? y - 10 - tip.offsetHeight : y + 18}px`;
  }

  // -------------------------------------------------------------- drawing

  drawLayers(layers) {
    const figure = this.view.$(".pg-netplot");
    layers.forEach((layer, i) => setPicture(figure, i, dataURI(layer)));
  }

  // What is frozen (indices of parameters) and what is held at 0 ([layer, unit]).
  setMarks(frozen, killed) {
    this.frozen = new Set(frozen);
    this.killed = new Set(killed.map(([layer, unit]) => `${layer}-${unit}`));
    this.marked = false;
  }

  // Slow motion: what the parameters were before the batch's step, or the gradient of an example's loss.
  showBatchStep(previous, gradient) {
    if (!previous && !this.previous && !gradient && !this.gradient) return;
    const fitting = (values) => (values?.length === this.parameters.length ? values : null);
    this.previous = fitting(previous);
    this.gradient = fitting(gradient);
    this.showLegend();
    if (this.hovered) this.showTip();
    this.drawMarks();
  }

  // What the drawing means, in one line below it.
  showLegend() {
    const words = this.previous
      ? "the last batch (rings): <b>▲</b> weight grew, <b>▼</b> fell, larger moved more"
      : this.gradient
        ? `one example (double ring) asks for: <b style="color:${PULL}">▲</b> more, <b style="color:${PULL}">▼</b> ` +
          `less, along −∂L/∂w`
        : this.edgeWords();
    const line = this.view.$(".pg-legend");
    if (line.innerHTML !== words) line.innerHTML = words;
  }

  edgeWords() {
    const [negative, positive] = this.view.scene.colours;
    return `<b style="color:${positive}">positive</b> and <b style="color:${negative}">negative</b> weights, thicker ` +
      `is larger; ■ bias`;
  }

  // The edges lie below the transparent figure.
  drawEdges(parameters) {
    const { scene } = this.view;
    this.parameters = parameters;
    this.faintest = faintestOf(scene, parameters);
    const isKilled = this.killed.size ? (layer, unit) => this.isKilled(layer, unit) : () => false;
    drawEdges(this.penOn(".pg-net canvas"), scene, parameters, this.faintest, isKilled);
    if (this.hovered) this.showTip();
    if (this.hovered || this.selected || !this.marked) this.drawMarks();
  }

  // Above the pictures: what is hovered or being edited, padlocks, and crosses over killed units.
  drawMarks() {
    const { scene } = this.view;
    if (!scene) return;
    const pen = this.penOn(".pg-marks");
    if (!this.parameters) return;
    this.marked = true;
    const { parameters, paper } = this;
    const { nodes, sides, sizes, colours: [, , ink] } = scene;
    for (const key of this.killed) {
      const [layer, unit] = key.split("-").map(Number);
      if (this.exists({ kind: "unit", layer, to: unit }))
        crossOut(pen, nodes[layer][unit - 1], sides[layer] / 2, ink, paper);
    }
    if (this.previous) drawMoves(pen, scene, parameters.map((w, i) => w - this.previous[i]), ink, paper);
    if (this.gradient) drawMoves(pen, scene, this.gradient.map((g) => -g), PULL, paper);
    for (const part of [this.selected, this.hovered])
      if (part && this.exists(part)) highlight(pen, scene, part, parameters[this.indexOf(part)], paper);
    for (const index of this.frozen) {
      // One of a larger network is passed over; the marks follow.
      if (index < parameters.length) lock(pen, scene, partAt(sizes, index), parameters[index], paper);
    }
  }

  penOn(selector) {
    const { width, height } = this.view.scene.network.layout;
    return sizedPen(this.view.$(selector), width, height);
  }
}

const raised = (n) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[n];
