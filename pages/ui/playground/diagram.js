// The network, drawn: inputs and their switches, units and their fields, edges, biases, and the
// controls of each layer; what the pointer rests on says its numbers, a click opens the inspector.
// A part of the live view (playground.js).
//
// A part of the network is {kind, layer, from, to}: a weight from unit `from` of the layer before
// to unit `to`, the bias of unit `to`, or the unit `to` itself; layers and units count from 1.

import { dataURI } from "../live/wire.js";

const CROWD = 150; // edges between two layers: of more, the faint ones would be a grey wall
const NEAR = 5; // px from an edge's rim at which the pointer still means it
const FINGER = 12;
const SHOWN_MOVES = 60; // the weights that move most in a step
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

  showScene(scene) {
    this.previous = this.gradient = null; // of another network
    this.showInputs();
    this.showLayers();
    this.showUnits();
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = scene.network.layout;
    for (const canvas of this.view.root.querySelectorAll(".pg-net canvas")) {
      Object.assign(canvas, { width: width * ratio, height: height * ratio });
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.showLegend();
    this.paper = getComputedStyle(this.view.root).getPropertyValue("--st-background-color").trim() || "#fff";
    this.hover(null);
  }

  showDepth() {
    const depth = this.view.settings.hidden.length;
    this.view.$(".pg-depth span").textContent = `${depth} hidden layer${depth === 1 ? "" : "s"}`;
    this.view.$(".pg-fewer").disabled = depth === 0;
    this.view.$(".pg-more").disabled = depth === this.view.data.maxLayers;
  }

  showLayers() {
    if (!this.view.scene || !this.view.settings) return;
    const { hidden } = this.view.settings;
    const { nodes } = this.view.scene;
    const group = this.view.$(".pg-layers");
    if (hidden.length !== nodes.length - 2) return; // the scene for these settings is on its way
    while (group.querySelectorAll(".pg-layer").length > hidden.length)
      group.querySelector(".pg-layer:last-of-type").remove();
    while (group.querySelectorAll(".pg-layer").length < hidden.length)
      group.append(this.newLayer(group.querySelectorAll(".pg-layer").length));
    const room = hidden.length ? nodes[1][0][0] - nodes[0][0][0] : 100;
    group.querySelectorAll(".pg-layer").forEach((box, i) => {
      const [width, activation] = hidden[i];
      box.style.left = `${nodes[i + 1][0][0]}px`;
      const apart = hidden.length > 1 ? nodes[2][0][0] - nodes[1][0][0] : room;
      box.style.width = `${Math.min(96, Math.max(46, apart - 8))}px`;
      box.querySelector("select").value = activation;
      box.querySelector("output").value = width;
      const input = box.querySelector("input");
      if (this.view.drags.holds !== `width${i}`) input.value = width;
      const [fewer, more] = box.querySelectorAll("button");
      fewer.disabled = width <= 1;
      more.disabled = width >= this.view.data.maxWidth;
    });
  }

  newLayer(i) {
    const box = document.createElement("div");
    box.className = "pg-layer";
    box.innerHTML = `<select></select><div><button type="button">−</button><output></output>` +
      `<button type="button">+</button></div><input type="range" min="1">`;
    const [select, input] = [box.querySelector("select"), box.querySelector("input")];
    const [fewer, more] = box.querySelectorAll("button");
    select.append(...this.view.data.activations.map((name) => new Option(name.replace("_", " "), name)));
    select.setAttribute("aria-label", `Activation of hidden layer ${i + 1}`);
    select.title = `Activation function f of hidden layer ${i + 1}`;
    input.setAttribute("aria-label", `Neurons in hidden layer ${i + 1}`);
    input.title = `Neurons in hidden layer ${i + 1}`;
    input.max = this.view.data.maxWidth;
    fewer.title = `One neuron fewer in hidden layer ${i + 1}`;
    more.title = `One neuron more in hidden layer ${i + 1}`;
    for (const button of [fewer, more]) button.setAttribute("aria-label", button.title);
    const hidden = () =>
      this.view.settings.hidden.map((layer, j) => (j === i ? [Number(input.value), select.value] : layer));
    select.onchange = () => this.view.edit({ hidden: hidden() });
    this.view.bindDrag(input, `width${i}`, () => {
      box.querySelector("output").value = input.value;
      return { hidden: hidden() };
    });
    const grow = (by) => {
      const layers = this.view.settings.hidden;
      const width = layers[i][0] + by;
      if (width >= 1 && width <= this.view.data.maxWidth)
        this.view.edit({ hidden: layers.map((layer, j) => (j === i ? [width, layer[1]] : layer)) });
      this.showLayers();
    };
    fewer.onclick = () => grow(-1);
    more.onclick = () => grow(1);
    return box;
  }

  showInputs() {
    const group = this.view.$(".pg-inputs");
    const { inputs, nodes, sides } = this.view.scene;
    const side = Math.min(34, sides[0]);
    const known = inputs.map((input) => input.name + input.src.length).join();
    if (group.dataset.known !== known) {
      group.dataset.known = known;
      group.replaceChildren(
        ...inputs.map(({ name, label, src }) => {
          const button = document.createElement("button");
          Object.assign(button, { type: "button", name, title: `Use ${label} as an input of the network` });
          const [text, image] = [document.createElement("span"), new Image(side, side)];
          text.textContent = label;
          image.src = src;
          image.alt = "";
          button.append(text, image);
          button.onclick = () => {
            const on = new Set(this.view.settings.features);
            if (!on.delete(name)) on.add(name);
            if (on.size) this.view.edit({ features: [...on] });
            else this.view.say("A network needs at least one input.");
          };
          return button;
        }),
      );
    }
    [...group.children].forEach((button, i) => {
      button.style.top = `${inputs[i].y}px`;
      button.style.width = `${nodes[0][0][0] + side / 2}px`;
      button.querySelector("img").src = inputs[i].src;
      button.setAttribute("aria-pressed", inputs[i].on);
    });
  }

  // -------------------------------------------------------------- what is where

  // The place of a weight or a bias among the parameters: W of each layer row by row, then b.
  indexOf({ kind, layer, from, to }) {
    const { sizes } = this.view.scene;
    let start = 0;
    for (let l = 1; l < layer; l++) start += (sizes[l - 1] + 1) * sizes[l];
    return start + (kind === "bias" ? sizes[layer - 1] : from - 1) * sizes[layer] + to - 1;
  }

  // The other way round.
  partAt(index) {
    const { sizes } = this.view.scene;
    let layer = 1;
    for (; index >= (sizes[layer - 1] + 1) * sizes[layer]; layer++) index -= (sizes[layer - 1] + 1) * sizes[layer];
    const row = Math.floor(index / sizes[layer]);
    return { kind: row < sizes[layer - 1] ? "weight" : "bias", layer, from: row + 1, to: (index % sizes[layer]) + 1 };
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

  // An edge's ends and the x of its two handles, which stand at the heights of the ends.
  edge({ layer, from, to }) {
    const { nodes, sides } = this.view.scene;
    const [[x0, y0], [x1, y1]] = [nodes[layer - 1][from - 1], nodes[layer][to - 1]];
    const middle = (x0 + x1) / 2;
    return { x0: x0 + sides[layer - 1] / 2, y0, x1: x1 - sides[layer] / 2, y1, middle };
  }

  biasBox(layer, to, b) {
    const { nodes, sides } = this.view.scene;
    const [[x, y], half] = [nodes[layer][to - 1], sides[layer] / 2];
    const side = Math.min(9, 3 + 4 * Math.abs(b)) * Math.min(1, half / 12);
    return [x - half - side / 2 - 3, y + half - side, side];
  }

  // The weight or bias that a pointer means, or null. A bias's square is small: it comes first; of
  // several edges that are near, the thickest.
  partNear(x, y, reach) {
    const { nodes, sizes, sides } = this.view.scene;
    for (let layer = 1; layer < sizes.length; layer++) {
      for (let to = 1; to <= sizes[layer]; to++) {
        const [left, top, side] = this.biasBox(layer, to, this.parameters[this.indexOf({ kind: "bias", layer, to })]);
        const room = Math.min(reach, sides[layer] / 4);
        if (x > left - room && x < left + side + room && y > top - room && y < top + side + room)
          return { kind: "bias", layer, to };
      }
    }
    const layer = nodes.findIndex((column, l) => l > 0 && x > nodes[l - 1][0][0] && x < column[0][0]);
    if (layer < 0) return null;
    const edge = this.edge({ layer, from: 1, to: 1 });
    if (x < edge.x0 - 2 || x > edge.x1) return null;
    // All edges of a layer have the same x(t), which grows: halve until t is known.
    let [low, high] = [0, 1];
    for (let i = 0; i < 12; i++) {
      const t = (low + high) / 2;
      if (xAt(edge, t) < x) low = t;
      else high = t;
    }
    const [s, ds] = [rise(low), 6 * low * (1 - low)];
    const dx = (xAt(edge, low + 0.01) - xAt(edge, low)) / 0.01;
    let [best, thickest] = [null, -1];
    const faintest = this.faintest[layer];
    for (let from = 1; from <= sizes[layer - 1]; from++) {
      for (let to = 1; to <= sizes[layer]; to++) {
        const size = Math.abs(this.parameters[this.indexOf({ layer, from, to })]);
        if (!(size >= faintest) || size <= thickest) continue;
        const [y0, y1] = [nodes[layer - 1][from - 1][1], nodes[layer][to - 1][1]];
        const distance = Math.abs(y0 + s * (y1 - y0) - y) / Math.hypot(1, (ds / dx) * (y1 - y0));
        if (distance <= reach + edgeWidth(size) / 2) [best, thickest] = [{ kind: "weight", layer, from, to }, size];
      }
    }
    return best;
  }

  // -------------------------------------------------------------- pointer and keys

  bindPointer() {
    const net = this.view.$(".pg-net");
    const marks = this.view.$(".pg-marks");
    const partOf = (event, reach) => {
      if (!this.view.scene || !this.parameters) return null;
      const unit = event.target.closest(".pg-units button");
      if (unit) return { kind: "unit", layer: Number(unit.dataset.layer), to: Number(unit.dataset.unit) };
      const box = marks.getBoundingClientRect();
      return event.target === marks ? this.partNear(event.clientX - box.left, event.clientY - box.top, reach) : null;
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
    const value = (index) => (this.previous ? `${fixed(this.previous[index])} → ` : "") + fixed(this.parameters[index]);
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
      if (probed) lines.push(`z ${fixed(probed.z[part.to - 1])}`, `a ${fixed(probed.a[part.to - 1])}`);
      if (this.isKilled(part.layer, part.to)) lines.push("held at 0");
    }
    if (this.gradient) {
      const of = part.kind === "weight" ? part : { ...part, kind: "bias" };
      lines.push(
        `∂L/∂${of.kind === "weight" ? "w" : "b"} ${fixed(this.gradient[this.indexOf(of)])}`,
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
    const update = {};
    layers.forEach((layer, i) => (update[`images[${i}].source`] = dataURI(layer.bytes)));
    window.Plotly.relayout(this.view.$(".pg-netplot"), update);
  }

  // What is frozen (indices of parameters) and what is held at 0 ([layer, unit]).
  setMarks(frozen, killed) {
    this.frozen = new Set(frozen);
    this.killed = new Set(killed.map(([layer, unit]) => `${layer}-${unit}`));
    this.marked = false;
  }

  // Slow motion: what the parameters were before the batch's step, or the gradient of an example's loss.
  showMoment(previous, gradient) {
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

  // Edges as curves below the transparent figure: width |w|, colour by sign; a bias is a small square.
  drawEdges(parameters) {
    this.parameters = parameters;
    this.faintest = [0];
    const { nodes, sizes, sides, colours } = this.view.scene;
    const canvas = this.view.$(".pg-net canvas");
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineCap = "round";
    let at = 0;
    for (let l = 1; l < sizes.length; l++) {
      const [m, n] = [sizes[l - 1], sizes[l]];
      const from = sides[l - 1] / 2;
      const to = sides[l] / 2;
      const faintest = (this.faintest[l] = m * n > CROWD ? ranked(parameters.subarray(at, at + m * n), CROWD) : 0);
      for (let i = 0; i < m; i++) {
        const [x0, y0] = nodes[l - 1][i];
        const dead = this.killed.size && this.isKilled(l - 1, i + 1);
        for (let j = 0; j < n; j++) {
          const w = parameters[at + i * n + j];
          const size = Math.abs(w);
          if (!(size >= faintest)) continue;
          const [x1, y1] = nodes[l][j];
          const bend = (x1 - x0) / 2;
          pen.strokeStyle = colours[w < 0 ? 0 : 1];
          // In a crowd an edge fades in: it must not pop up when its weight becomes large enough.
          pen.globalAlpha = dead
            ? 0.08
            : faintest
              ? Math.min(0.8, 0.02 + 0.9 * (size / faintest - 1))
              : Math.min(0.9, 0.28 + size / 2);
          pen.lineWidth = edgeWidth(size);
          pen.beginPath();
          pen.moveTo(x0 + from, y0);
          pen.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1 - to, y1);
          pen.stroke();
        }
      }
      at += m * n;
      pen.globalAlpha = 1;
      pen.strokeStyle = colours[2];
      pen.lineWidth = 2; // half of it lies below the picture
      for (const [x, y] of nodes[l]) pen.strokeRect(x - to, y - to, 2 * to, 2 * to);
      for (let j = 0; j < n; j++) {
        const b = parameters[at + j];
        const [left, top, side] = this.biasBox(l, j + 1, b);
        pen.fillStyle = colours[b < 0 ? 0 : 1];
        pen.fillRect(left, top, side, side);
      }
      at += n;
    }
    if (this.hovered) this.showTip();
    if (this.hovered || this.selected || !this.marked) this.drawMarks();
  }

  // Above the pictures: what is hovered or being edited, padlocks, and crosses over killed units.
  drawMarks() {
    const canvas = this.view.$(".pg-marks");
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.parameters || !this.view.scene) return;
    this.marked = true;
    const { nodes, sides, colours } = this.view.scene;
    for (const key of this.killed) {
      const [layer, unit] = key.split("-").map(Number);
      if (this.exists({ kind: "unit", layer, to: unit })) this.crossOut(pen, nodes[layer][unit - 1], sides[layer] / 2);
    }
    if (this.previous)
      this.drawMoves(
        pen,
        this.parameters.map((w, i) => w - this.previous[i]),
        this.view.scene.colours[2],
      );
    if (this.gradient) this.drawMoves(pen, this.gradient.map((g) => -g), PULL);
    for (const part of [this.selected, this.hovered]) if (part && this.exists(part)) this.highlight(pen, part);
    for (const index of this.frozen) {
      if (index >= this.parameters.length) continue; // of a larger network; the marks follow
      const part = this.partAt(index);
      if (part.kind === "bias") {
        const [left, top, side] = this.biasBox(part.layer, part.to, this.parameters[index]);
        padlock(pen, left - 8, top + side / 2, colours[2], this.paper);
      } else {
        const edge = this.edge(part);
        padlock(pen, xAt(edge, 0.35), edge.y0 + rise(0.35) * (edge.y1 - edge.y0), colours[2], this.paper);
      }
    }
  }

  // As arrows: up where a weight grew (or would grow), down where it fell, larger where it moved more.
  drawMoves(pen, moves, colour) {
    const largest = Math.max(...moves.map(Math.abs));
    if (!(largest > 0)) return;
    const least = moves.length > SHOWN_MOVES ? ranked(moves, SHOWN_MOVES) : 0;
    moves.forEach((move, index) => {
      const part = this.partAt(index);
      if (part.kind !== "weight" || Math.abs(move) < least || move === 0) return;
      const edge = this.edge(part);
      const [x, y] = [xAt(edge, 0.62), edge.y0 + rise(0.62) * (edge.y1 - edge.y0)];
      const size = (3 + 5 * Math.sqrt(Math.abs(move) / largest)) * Math.sign(move);
      pen.beginPath();
      pen.moveTo(x, y - size);
      pen.lineTo(x - Math.abs(size) * 0.8, y + size * 0.7);
      pen.lineTo(x + Math.abs(size) * 0.8, y + size * 0.7);
      pen.closePath();
      pen.fillStyle = colour;
      pen.strokeStyle = this.paper;
      pen.lineWidth = 1.5;
      pen.stroke();
      pen.fill();
    });
  }

  highlight(pen, part) {
    const { nodes, sides, colours } = this.view.scene;
    pen.strokeStyle = colours[2];
    if (part.kind === "unit") {
      const [[x, y], half] = [nodes[part.layer][part.to - 1], sides[part.layer] / 2 + 2];
      pen.lineWidth = 3;
      pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
      return;
    }
    const value = this.parameters[this.indexOf(part)];
    if (part.kind === "bias") {
      const [left, top, side] = this.biasBox(part.layer, part.to, value);
      pen.lineWidth = 2;
      pen.strokeRect(left - 2.5, top - 2.5, side + 5, side + 5);
      return;
    }
    const { x0, y0, x1, y1, middle } = this.edge(part);
    const width = edgeWidth(Math.abs(value));
    // Ink, a rim of paper, the edge itself.
    for (const [colour, more] of [[colours[2], 5], [this.paper, 2.5], [colours[value < 0 ? 0 : 1], 0]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width + more;
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.bezierCurveTo(middle, y0, middle, y1, x1, y1);
      pen.stroke();
    }
  }

  crossOut(pen, [x, y], half) {
    pen.globalAlpha = 0.6;
    pen.fillStyle = this.paper;
    pen.fillRect(x - half, y - half, 2 * half, 2 * half);
    pen.globalAlpha = 1;
    pen.strokeStyle = this.view.scene.colours[2];
    pen.lineWidth = Math.min(3, half / 3);
    pen.beginPath();
    for (const side of [-1, 1]) {
      pen.moveTo(x - half, y - side * half);
      pen.lineTo(x + half, y + side * half);
    }
    pen.stroke();
  }
}

// Along an edge, t from 0 to 1: where it is, and which share of its rise it has done.
const xAt = ({ x0, x1, middle }, t) => (1 - t) ** 3 * x0 + 3 * t * (1 - t) * middle + t ** 3 * x1;
const rise = (t) => t * t * (3 - 2 * t);

export const edgeWidth = (size) => Math.min(7, 0.8 + 1.6 * size);

// The nth largest size of these weights.
export const ranked = (weights, n) => Float32Array.from(weights, Math.abs).sort()[weights.length - n];

const raised = (n) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[n];

// Four decimals and a place for the sign, so that nothing moves when the number does.
export function fixed(x) {
  if (!Number.isFinite(x)) return "not finite";
  const size = Math.abs(x) < 1000 ? Math.abs(x).toFixed(4) : Math.abs(x).toExponential(2);
  return (x < 0 ? "−" : "\u2007") + size;
}

function padlock(pen, x, y, ink, paper) {
  pen.fillStyle = paper;
  pen.beginPath();
  pen.arc(x, y, 8, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = pen.strokeStyle = ink;
  pen.fillRect(x - 4, y - 1, 8, 6);
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(x, y - 1.5, 2.5, Math.PI, 2 * Math.PI);
  pen.stroke();
}
