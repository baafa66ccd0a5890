// The activation functions: f above f', a z that is dragged, flat and dead zones of one of them.

import { dot, FunctionBoard, label, sample, stroke } from "../drawing/overlay.js";
import { fixed } from "../drawing/text.js";
import { mountSandbox } from "../sandbox/sandbox.js";

export default function (component) {
  return mountSandbox(component, ActivationsBoard);
}

class ActivationsBoard extends FunctionBoard {
  constructor(sandbox) {
    super(sandbox, { activations: ".fn-curves" });
    this.plot = this.overlays.activations;
    this.plot.hold(
      ([z]) => sandbox.drags.wish({ z: Math.round(z * 100) / 100 }),
      () => sandbox.commit(),
    );
  }

  painted() {
    this.ranges = null; // of the axes on screen
    this.rows ??= this.buildRows();
    for (const [name, { line }] of Object.entries(this.rows)) line.innerHTML = sample(this.theme.looks[name]);
  }

  buildRows() {
    const body = this.$(".fn-table tbody");
    const entries = Object.entries(this.theme.looks).map(([name, { title }]) => {
      const row = body.insertRow();
      row.innerHTML = `<td><label><input type="checkbox" aria-label="Show ${title}"><span></span></label>` +
        `<button type="button" title="Where is it flat, where does it die?">${title}</button></td><td></td><td></td>`;
      const [check, line, focus] = ["input", "label span", "button"].map((part) => row.querySelector(part));
      check.onchange = () => this.choose(name, check.checked);
      focus.onclick = () => this.choose(name, true, true);
      return [name, { row, check, line, focus, cells: [row.cells[1], row.cells[2]] }];
    });
    return Object.fromEntries(entries);
  }

  // Show a function or not; the one that is looked at closely is always among those shown.
  choose(name, shown, closely = false) {
    const names = new Set(this.sandbox.settings.shown.split(","));
    if (shown) names.add(name);
    else if (names.size > 1) names.delete(name);
    else this.rows[name].check.checked = true; // one stays
    const wanted = closely ? name : this.sandbox.settings.focus;
    this.sandbox.set({ shown: [...names].join(), focus: names.has(wanted) ? wanted : [...names][0] });
  }

  show({ header, blobs }) {
    const { names, numbers, ranges, settings } = header;
    this.$(".fn-words").textContent = header.words;
    for (const [name, { check, focus, cells, row }] of Object.entries(this.rows)) {
      check.checked = names.includes(name);
      focus.setAttribute("aria-pressed", name === settings.focus);
      row.classList.toggle("fn-off", !check.checked);
      cells.forEach((cell, i) => (cell.textContent = check.checked ? fixed(numbers[name][i], 4) : ""));
    }
    if (this.ranges !== ranges.join()) {
      this.ranges = ranges.join();
      window.Plotly.relayout(this.plot.figure, { "yaxis.range": ranges[0], "yaxis2.range": ranges[1] });
    }
    this.drawAll(header, blobs.curves);
  }

  drawAll({ settings, names, numbers, zones, flat }, values) {
    const { looks, colours } = this.theme;
    const { z: inputs } = this.sandbox.data;
    const curve = (place) => values.subarray(place * inputs.length, (place + 1) * inputs.length);
    this.plot.clear();
    ["yaxis", "yaxis2"].forEach((axis, half) => {
      const draw = (pen, x, y, [width, height]) => {
        for (const [from, to, kind] of zones) {
          const [left, right] = [x(from), x(to)];
          Object.assign(pen, { fillStyle: colours.ink, globalAlpha: kind === "dead" ? 0.15 : 0.07 });
          pen.fillRect(left, 0, right - left, height);
          pen.globalAlpha = 1;
        }
        names.forEach((name, i) => {
          const points = Array.from(curve(2 * i + half), (value, k) => [x(inputs[k]), y(value)]);
          stroke(pen, points, { ...looks[name], width: name === settings.focus ? 4 : 3 });
        });
        for (const [from, to, kind] of half ? [] : zones) {
          const room = x(to) - x(from);
          const text = kind === "dead" ? "dead: f′ = 0" : room > 90 ? `|f′| < ${flat}` : "flat";
          if (room > 30) label(pen, text, x(from) + 6, 16, colours.ink, this.paper);
        }
        const at = x(settings.z);
        stroke(pen, [[at, 0], [at, height]], { colour: colours.ink, width: 2 });
        if (!half) this.drawTangent(pen, x, y, settings, numbers[settings.focus]);
        for (const name of names) dot(pen, at, y(numbers[name][half]), looks[name].colour, this.paper);
        if (half)
          label(pen, `z = ${fixed(settings.z)}`, at + (at > width - 80 ? -74 : 8), height - 8, colours.ink, this.paper);
      };
      this.plot.within(draw, "xaxis", axis);
    });
  }

  // The slope f' as a slope: a piece of the tangent to the function that is looked at closely.
  drawTangent(pen, x, y, { z }, [value, slope]) {
    const reach = 1.2;
    const ends = [-reach, reach].map((dz) => [x(z + dz), y(value + slope * dz)]);
    stroke(pen, ends, { colour: this.theme.colours.ink, width: 1.5, dash: "dash" });
  }
}
