// The inspector: one weight, bias or unit of the network, looked at closely and edited by hand.
// A part of the live view (playground.js). The server computes every number here; a part of the network
// is what diagram.js calls one.

import { fourDecimals } from "../drawing/text.js";
import { dataURI } from "../live/frames.js";

const USUAL_REACH = 5; // of the slider for a weight, on both sides of zero
const WHOLE_REACH = 100; // of what the server takes

export class Inspector {
  constructor(view) {
    this.view = view;
    this.part = null;
    this.pre = false;
    this.draws = {}; // how often each layer was drawn anew
    this.box = view.$(".pg-inspector");
    this.$ = (selector) => this.box.querySelector(selector);
    this.number = this.$("[name=value]");
    this.slider = this.$("[name=value_slider]");
    this.bind();
  }

  // The unit whose field the server is to send: [layer, unit].
  get neuron() {
    return this.part?.kind === "unit" ? [this.part.layer, this.part.to] : null;
  }

  bind() {
    this.$(".pg-close").onclick = () => this.close();
    this.$(".pg-undo").onclick = () => {
      this.view.send("undo");
      this.view.commit();
    };
    this.escape = (event) => event.key === "Escape" && !this.view.$("dialog[open]") && this.close();
    document.addEventListener("keydown", this.escape);
    this.number.oninput = () => this.number.value !== "" && this.follow(Number(this.number.value));
    this.slider.oninput = () => this.follow(Number(this.slider.value));
    for (const input of [this.number, this.slider]) {
      input.onchange = () => {
        this.dragging = false;
        this.view.commit();
      };
      input.onblur = () => (this.dragging = false);
    }
    this.$(".pg-freeze").onclick = () =>
      this.edit(`freeze-${editName(this.part)}`, this.view.diagram.isFrozen(this.part) ? 0 : 1);
    this.$(".pg-zero").onclick = () => this.edit(editName(this.part), 0);
    this.$(".pg-kill").onclick = () => {
      const { layer, to } = this.part;
      this.edit(`kill-${layer}-${to}`, this.view.diagram.isKilled(layer, to) ? 0 : 1);
    };
    this.$(".pg-randomise").onclick = () => {
      const { layer } = this.part;
      this.draws[layer] = (this.draws[layer] ?? 0) + 1;
      this.edit(`randomise-${layer}`, this.draws[layer]);
    };
    for (const input of this.box.querySelectorAll("[name=pre]")) {
      input.onchange = () => {
        this.pre = this.$("[name=pre][value=z]").checked;
        this.view.sendView();
      };
    }
  }

  destroy() {
    document.removeEventListener("keydown", this.escape);
  }

  // -------------------------------------------------------------- open and close

  open(part) {
    this.view.diagram.hover(null);
    this.show(part);
    (part.kind === "unit" ? this.box : this.slider).focus({ preventScroll: true });
    this.view.sendView();
  }

  show(part) {
    this.part = part;
    this.dragging = false;
    const { diagram, scene } = this.view;
    const unit = part.kind === "unit";
    diagram.selected = part;
    diagram.drawMarks();
    const name = diagram.nameOf(part);
    this.box.setAttribute("aria-label", name);
    this.$(".pg-what").textContent = name;
    this.$(".pg-value").hidden = unit;
    this.$(".pg-closeup").hidden = !unit;
    this.$(".pg-freeze").hidden = this.$(".pg-zero").hidden = unit;
    this.$(".pg-kill").hidden = !unit;
    const output = part.layer === scene.sizes.length - 1;
    this.$(".pg-kill").disabled = output;
    this.$(".pg-randomise").textContent = `Randomise layer ${part.layer}`;
    for (const input of [this.number, this.slider]) input.setAttribute("aria-label", name);
    // A unit's panel is tall: it leaves the half free in which the unit stands.
    this.box.classList.toggle("pg-tall", unit);
    this.box.classList.toggle("pg-right", unit && scene.nodes[part.layer][0][0] < scene.network.layout.width / 2);
    if (unit) this.buildSum();
    this.box.hidden = false;
    this.draw({});
  }

  close() {
    const part = this.part;
    if (!part) return;
    const focused = this.box.contains(document.activeElement);
    this.part = this.view.diagram.selected = null;
    this.box.hidden = true;
    this.view.diagram.drawMarks();
    if (focused) this.view.diagram.unitButton(part.layer, part.to)?.focus({ preventScroll: true });
    this.view.sendView();
  }

  // Another network may not have what was looked at.
  showScene() {
    if (!this.part) return;
    if (this.view.diagram.exists(this.part)) this.show(this.part);
    else this.close();
  }

  // -------------------------------------------------------------- edits

  // A finished edit: at once to the network, then to the page.
  edit(name, value) {
    this.view.send("network", { name, value });
    this.view.commit();
  }

  // Every value of a drag, at most one in an animation frame.
  follow(value) {
    if (!Number.isFinite(value)) return;
    this.dragging = true;
    if (document.activeElement !== this.number) this.number.value = value.toFixed(4);
    else this.slider.value = value;
    const idle = this.wished === undefined;
    this.wished = value;
    if (!idle) return;
    requestAnimationFrame(() => {
      if (this.part && this.part.kind !== "unit")
        this.view.send("network", { name: editName(this.part), value: this.wished });
      this.wished = undefined;
    });
  }

  // -------------------------------------------------------------- what a frame changes

  draw(blobs, scale) {
    if (!this.part || !this.view.diagram.exists(this.part)) return;
    if (this.part.kind === "unit") this.drawUnit(blobs, scale);
    else this.drawValue();
  }

  drawValue() {
    const { diagram } = this.view;
    this.$(".pg-freeze").textContent = diagram.isFrozen(this.part) ? "Unfreeze" : "Freeze";
    if (this.dragging) return;
    const value = diagram.parameters[diagram.indexOf(this.part)];
    const reach = Math.abs(value) > USUAL_REACH ? WHOLE_REACH : USUAL_REACH;
    Object.assign(this.slider, { min: -reach, max: reach });
    this.slider.value = value;
    this.number.value = value.toFixed(4);
  }

  drawUnit({ neuron, products }, scale) {
    const { diagram, values, scene } = this.view;
    const { layer, to } = this.part;
    if (neuron) {
      this.$(".pg-closeup img").src = dataURI(neuron);
      this.$(".pg-low").textContent = short(scale.low);
      this.$(".pg-high").textContent = short(scale.high);
      this.$(".pg-scale i").style.background = `linear-gradient(to right, ${scale.colours.join()})`;
    }
    this.$(".pg-kill").textContent = diagram.isKilled(layer, to) ? "Bring back" : "Kill";
    const probe = this.view.points.probe;
    this.$(".pg-probed").textContent =
      probe && values
        ? `At ${probe.map((x, i) => `${scene.inputNames[i]} = ${fourDecimals(x).trim()}`).join(", ")}` +
          `${this.view.points.pinned ? ", the clicked point" : ""}`
        : "Rest the pointer on the output field, or click a data point.";
    const weight = (from) => diagram.parameters[diagram.indexOf({ kind: "weight", layer, from, to })];
    const below = layer === 1 ? values?.[0] : values?.[layer - 1];
    this.rows.forEach(({ w, x, wx }, i) => {
      w.textContent = fourDecimals(weight(i + 1));
      x.textContent = below ? fourDecimals(below.a[i]) : DASH;
      wx.textContent = products ? fourDecimals(products[i]) : DASH;
    });
    const here = values?.[layer];
    this.bias.textContent = fourDecimals(diagram.parameters[diagram.indexOf({ kind: "bias", layer, to })]);
    this.$(".pg-z").textContent = here ? fourDecimals(here.z[to - 1]) : DASH;
    this.$(".pg-a").textContent = here ? fourDecimals(here.a[to - 1]) : DASH;
    this.$(".pg-held").textContent = diagram.isKilled(layer, to) ? "held at 0" : "";
  }

  // The rows of w x + b; each opens its weight (or the bias).
  buildSum() {
    const { diagram, scene } = this.view;
    const { layer, to } = this.part;
    const row = (part, cells) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = `Edit ${diagram.nameOf(part)}`;
      button.append(
        ...cells.map(([className, text]) =>
          Object.assign(document.createElement("span"), { className, textContent: text }),
        ),
      );
      button.onclick = () => this.open(part);
      return button;
    };
    const names = Array.from({ length: scene.sizes[layer - 1] }, (_, i) => diagram.unitName(layer - 1, i + 1));
    const buttons = names.map((name, i) =>
      row({ kind: "weight", layer, from: i + 1, to }, [
        ["pg-from", name],
        ["pg-w", ""],
        ["", "×"],
        ["pg-x", ""],
        ["", "="],
        ["pg-wx", ""],
      ]),
    );
    const bias = row({ kind: "bias", layer, to }, [
      ["pg-from", "bias b"],
      ["", ""],
      ["", ""],
      ["", ""],
      ["", "+"],
      ["pg-wx", ""],
    ]);
    this.rows = buttons.map((button) => ({
      w: button.querySelector(".pg-w"),
      x: button.querySelector(".pg-x"),
      wx: button.querySelector(".pg-wx"),
    }));
    this.bias = bias.querySelector(".pg-wx");
    this.$(".pg-terms").replaceChildren(...buttons, bias);
    this.$(".pg-f").textContent = scene.activations[layer - 1].replace("_", " ");
  }
}

// The probe's way through the network: {a} of the inputs, then {z, a} of every layer.
export function layerValues(numbers, sizes) {
  let at = 0;
  const take = (n) => numbers.slice(at, (at += n));
  return sizes.map((n, l) => (l ? { z: take(n), a: take(n) } : { a: take(n) }));
}

const DASH = "\u2007–";

const short = (x) => fourDecimals(x).trim().replace(/(\.\d\d)\d\d$/, "$1");

const editName = ({ kind, layer, from, to }) => (kind === "weight" ? `w-${layer}-${from}-${to}` : `b-${layer}-${to}`);
