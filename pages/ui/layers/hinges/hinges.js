// Hinge lines and linear regions of the viewer's network, how many there are, and the census of its units.

import { Census } from "./census.js";
import { drawMarks, PlaneBoard } from "../../sandbox/input_plane.js";
import { DASHES, dot, sample, stroke } from "../../drawing/overlay.js";
import { fixed, percent } from "../../drawing/text.js";
import { mountSandbox } from "../../sandbox/sandbox.js";

export default function (component) {
  return mountSandbox(component, HingesBoard);
}

const COUNTS = { now: "now", start: "epoch 0", most: "at most" };
const COUNT_DASHES = { now: "solid", start: "dash", most: "dot" };
const SUBSCRIPTS = "₁₂₃₄₅₆₇₈₉";

class HingesBoard extends PlaneBoard {
  constructor(sandbox) {
    super(sandbox, { plane: ".hg-plane", counts: ".hg-counts" });
    this.census = new Census(this);
    this.bindPlane();
    this.$(".hg-why button").onclick = () => this.send("suit");
    this.ranges = [".hg-x1", ".hg-x2"].map((selector, i) => {
      const input = this.$(selector);
      const follow = () => sandbox.drags.wish({ [`x${i + 1}`]: Number(input.value) });
      sandbox.drags.bind(input, `x${i + 1}`, follow, () => (follow(), sandbox.commit()));
      return input;
    });
  }

  send(verb, value) {
    this.sandbox.wire.send(verb, value);
    this.sandbox.commit();
  }

  // The pointer shows the region below it; a click keeps it, without one the kept one comes back.
  bindPlane() {
    const overlay = this.overlays.plane;
    const short = (x) => Number(x.toPrecision(4));
    const wish = ([x1, x2]) => this.sandbox.drags.wish({ x1: short(x1), x2: short(x2) });
    overlay.hold((place) => {
      this.choice = place;
      wish(place);
    }, () => this.sandbox.commit());
    overlay.figure.addEventListener("pointermove", (event) => {
      if (event.buttons || !this.kept.scene || event.pointerType === "touch") return;
      this.choice ??= [this.sandbox.settings.x1, this.sandbox.settings.x2];
      wish(overlay.placeOf(event));
    });
    overlay.figure.addEventListener("pointerleave", () => {
      if (this.choice) wish(this.choice);
      this.choice = null;
    });
  }

  painted() {
    super.painted();
    this.spanned = null;
    this.$(".hg-legend").replaceChildren();
    this.legend = "";
  }

  take({ hinges, polygons, counts, census }) {
    const { kept } = this;
    if (hinges) kept.hinges = unpackHinges(hinges);
    if (polygons) kept.polygons = unpackPolygons(polygons);
    if (counts) kept.counts = counts;
    if (census) kept.census = census;
  }

  show({ header }) {
    this.transport.show(header);
    this.showWhy(header);
    this.overlays.plane.figure.style.visibility = header.plane ? "" : "hidden";
    if (header.plane) this.showPlane(header);
    this.showRegion(header);
    this.showCounts(header);
    this.census.show(this.kept.census, header);
  }

  showWhy({ why, suit }) {
    const box = this.$(".hg-why");
    box.hidden = !why;
    box.firstElementChild.textContent = why;
    box.lastElementChild.textContent = suit;
    box.lastElementChild.hidden = !suit;
    for (const part of [".hg-place", ".hg-legend"]) this.$(part).style.visibility = why ? "hidden" : "";
  }

  // -------------------------------------------------------------- the plane

  showPlane({ settings, why, region, at }) {
    const overlay = this.overlays.plane;
    const { scene, field } = this.kept;
    if (this.showField(overlay, settings.fill === "output" || why ? field : "")) this.spanRanges(scene);
    overlay.clear();
    overlay.within((pen, x, y) => {
      const { polygons, hinges } = this.kept;
      if (!why && settings.fill === "tints" && polygons) this.fill(pen, x, y, polygons);
      for (const mark of scene.marks) drawMarks(pen, mark, x, y, this.paper);
      if (why) return;
      if (hinges) this.drawHinges(pen, x, y, hinges);
      if (region && polygons) {
        const corners = polygons[region.index].corners;
        outline(pen, corners, x, y);
        Object.assign(pen, { strokeStyle: this.paper, lineWidth: 7, lineJoin: "round" });
        pen.stroke();
        Object.assign(pen, { strokeStyle: this.theme.colours.ink, lineWidth: 3.5 });
        pen.stroke();
      }
      if (at) dot(pen, x(at[0]), y(at[1]), this.theme.colours.ink, this.paper);
    });
    if (at) this.showPlace(at);
  }

  spanRanges({ extent }) {
    this.ranges.forEach((input, i) => {
      const [low, high] = extent[i];
      Object.assign(input, { min: low, max: high, step: (high - low) / 500 });
    });
  }

  showPlace(at) {
    this.ranges.forEach((input, i) => {
      if (!this.sandbox.drags.holds(`x${i + 1}`)) input.value = at[i];
      input.closest("label").querySelector("output").value = fixed(at[i]);
    });
  }

  fill(pen, x, y, polygons) {
    this.theme.tints.forEach((colour, tint) => {
      pen.fillStyle = colour;
      for (const polygon of polygons) {
        if (polygon.tint !== tint) continue;
        outline(pen, polygon.corners, x, y);
        pen.fill();
      }
    });
  }

  drawHinges(pen, x, y, hinges) {
    const last = hinges.reduce((most, { layer }) => Math.max(most, layer), 0);
    for (let layer = last; layer >= 1; layer--) {
      const { colour, dash } = this.theme.layers[layer - 1];
      const units = hinges.filter((hinge) => hinge.layer === layer);
      segments(pen, units, x, y, { colour: this.paper, dash, width: 4.5 });
      segments(pen, units, x, y, { colour, dash, width: 2.5 });
    }
    const chosen = hinges.filter(({ layer, unit }) => `${layer}.${unit}` === this.census.chosen);
    segments(pen, chosen, x, y, { colour: this.paper, width: 9 });
    segments(pen, chosen, x, y, { colour: this.theme.colours.ink, width: 7 });
    // A double line: not to be taken for the region's outline.
    segments(pen, chosen, x, y, { colour: this.paper, width: 3 });
    this.showLegend(last);
  }

  showLegend(layers) {
    const key = `${layers} ${this.dark}`;
    if (this.legend === key) return;
    this.legend = key;
    this.$(".hg-legend").innerHTML = this.theme.layers
      .slice(0, layers)
      .map((look, i) => `<span>${sample(look)}layer ${i + 1}</span>`)
      .join("");
  }

  // -------------------------------------------------------------- numbers

  showRegion({ region, why }) {
    const [formula, area, pattern] = [".hg-formula", ".hg-area", ".hg-pattern"].map(this.$);
    if (!region) {
      formula.textContent = why ? "—" : "…";
      area.textContent = pattern.textContent = "";
      return;
    }
    const { formulas, z, a, output } = region;
    const value = output && `   ${output}(z) = ${fixed(a[0], 3).trim()}`;
    formula.textContent =
      formulas.length === 1
        ? `z = ${formulas[0]}\n  = ${fixed(z[0], 3).trim()} at the point${value}`
        : formulas.map((line, k) => `z${SUBSCRIPTS[k]} = ${line} = ${fixed(z[k], 3).trim()}`).join("\n");
    area.textContent = `Area ${fixed(region.area, 3).trim()}, ${percent(region.share, 2)} of the view`;
    pattern.textContent = region.pattern.map((units, i) => `layer ${i + 1}  ${units}`).join("\n");
  }

  showCounts({ why }) {
    const { counts } = this.kept;
    this.$(".hg-counts").style.visibility = why || !counts ? "hidden" : "";
    this.$(".hg-table").style.visibility = why || !counts ? "hidden" : "";
    if (why || !counts) return;
    if (this.counted !== counts) this.tabulate(counts);
    this.drawCounts(counts.logs);
  }

  tabulate(counts) {
    this.counted = counts;
    const cells = (name, values, tag) =>
      `<${tag} scope="row">${name}</${tag}>${values.map((v) => `<${tag}>${v}</${tag}>`).join("")}`;
    const line = (name) => sample({ colour: "currentColor", dash: COUNT_DASHES[name] });
    this.$(".hg-table thead").innerHTML = `<tr>${cells(
      "layers",
      counts.widths.map((n, i) => `${i + 1} (width ${n})`),
      "th",
    )}</tr>`;
    this.$(".hg-table tbody").innerHTML = Object.entries(COUNTS)
      .map(
        ([name, title]) =>
          `<tr data-row="${name}">${cells(`${line(name)} ${title}`, counts.rows[name].slice(1), "td")}</tr>`,
      )
      .join("");
  }

  drawCounts(logs) {
    const overlay = this.overlays.counts;
    const depth = logs.now.length - 1;
    const top = Math.max(1, Math.ceil(Math.max(...logs.most)));
    const span = `${depth} ${top}`;
    if (this.spanned !== span) {
      this.spanned = span;
      window.Plotly.relayout(overlay.figure, {
        "xaxis.range": [-0.15, Math.max(1, depth) + 0.15],
        "yaxis.range": [(-0.15 * top) / 4, top * 1.05],
        "yaxis.dtick": Math.ceil(top / 5),
      });
    }
    overlay.clear();
    overlay.within((pen, x, y) => {
      for (const [name, row] of Object.entries(logs)) {
        const points = row.map((log, i) => [x(i), y(log)]);
        stroke(pen, points, {
          colour: this.theme.colours.ink,
          dash: COUNT_DASHES[name],
          width: name === "now" ? 3 : 1.5,
        });
        if (name === "now") for (const point of points) dot(pen, ...point, this.theme.colours.ink, this.paper);
      }
    });
  }
}

// -------------------------------------------------------------- parts of a frame, and of a drawing

export function unpackHinges(values) {
  const n = values[0];
  let start = 1 + 3 * n;
  return Array.from({ length: n }, (_, i) => {
    const [layer, unit, count] = values.subarray(1 + 3 * i, 4 + 3 * i);
    const lines = values.subarray(start, (start += 4 * count));
    return { layer, unit, lines };
  });
}

export function unpackPolygons(values) {
  const n = values[0];
  let start = 1 + 2 * n;
  return Array.from({ length: n }, (_, i) => {
    const [tint, count] = values.subarray(1 + 2 * i, 3 + 2 * i);
    return { tint, corners: values.subarray(start, (start += 2 * count)) };
  });
}

function outline(pen, corners, x, y) {
  pen.beginPath();
  for (let i = 0; i < corners.length; i += 2) pen.lineTo(x(corners[i]), y(corners[i + 1]));
  pen.closePath();
}

// All hinges of a layer in one path.
function segments(pen, hinges, x, y, { colour, dash = "solid", width }) {
  if (!hinges.length) return;
  Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineCap: "butt" });
  pen.setLineDash(DASHES[dash]);
  pen.beginPath();
  for (const { lines } of hinges) {
    for (let i = 0; i < lines.length; i += 4) {
      pen.moveTo(x(lines[i]), y(lines[i + 1]));
      pen.lineTo(x(lines[i + 2]), y(lines[i + 3]));
    }
  }
  pen.stroke();
  pen.setLineDash([]);
}
