// The grid of the Compare page as an SVG: cells with numbers, axes, and the scale of the colours.
// Arrow keys move between cells, Enter opens one.

const SVG = "http://www.w3.org/2000/svg";
const ROOM = { left: 92, top: 8, right: 148, bottom: 50 }; // px around the cells

export class Heatmap {
  constructor(svg, open) {
    Object.assign(this, { svg, open, at: [0, 0] });
    svg.onkeydown = (event) => this.move(event);
  }

  show(map, { ink, paper }) {
    Object.assign(this, { map, ink, paper });
    this.draw();
  }

  draw() {
    const { map, svg } = this;
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    if (!map || !width) return;
    const focused = svg.contains(document.activeElement);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [rows, columns] = [map.rows.labels, map.columns.labels];
    const cell = {
      width: Math.min(110, (width - ROOM.left - ROOM.right) / columns.length),
      height: (height - ROOM.top - ROOM.bottom) / rows.length,
    };
    const right = ROOM.left + cell.width * columns.length;
    this.at = [Math.min(this.at[0], rows.length - 1), Math.min(this.at[1], columns.length - 1)];
    const parts = [this.hatching()];
    rows.forEach((label, r) => {
      const y = ROOM.top + r * cell.height;
      parts.push(this.text(label, ROOM.left - 8, y + cell.height / 2 + 4, "end"));
      columns.forEach((_, c) => parts.push(this.cell(r, c, ROOM.left + c * cell.width, y, cell)));
    });
    const bottom = height - ROOM.bottom;
    columns.forEach((label, c) =>
      parts.push(this.text(label, ROOM.left + (c + 0.5) * cell.width, bottom + 18, "middle")),
    );
    parts.push(this.text(map.columns.title, (ROOM.left + right) / 2, bottom + 40, "middle", "600"));
    const title = this.text(map.rows.title, 0, 0, "middle", "600");
    title.setAttribute("transform", `translate(16 ${(ROOM.top + bottom) / 2}) rotate(-90)`);
    parts.push(title, ...this.scale(right + 26, ROOM.top, Math.min(bottom - ROOM.top, 260)));
    svg.replaceChildren(...parts);
    this.focusable();
    if (focused) this.focus();
  }

  cell(r, c, x, y, { width, height }) {
    const { map } = this;
    const i = r * map.columns.labels.length + c;
    const [value, count] = [map.values[i], map.counts[i]];
    const group = make("g", { role: "button", "data-row": r, "data-column": c });
    const text = value === null ? "" : typeof value === "string" ? value : this.number(value);
    const name = `${map.rows.title} ${map.rows.labels[r]}, ${map.columns.title} ${map.columns.labels[c]}: ` +
      `${text || "no result yet"}, ${count} of ${map.seeds} seeds`;
    group.setAttribute("aria-label", name);
    group.append(make("title", {}, name));
    group.prepend(
      make("rect", {
        x: x + 1,
        y: y + 1,
        width: width - 2,
        height: height - 2,
        fill: map.colours[i] ?? this.paper,
        stroke: this.ink,
        "stroke-opacity": 0.25,
      }),
    );
    if (count < map.seeds || map.colours[i] === null) {
      group.append(
        make("rect", {
          x: x + 1,
          y: y + 1,
          width: width - 2,
          height: height - 2,
          fill: "url(#cp-hatch)",
          "pointer-events": "none",
        }),
      );
    }
    if (text && width > 34 && height > 14) {
      const written = this.text(text, x + width / 2, y + height / 2 + 4, "middle");
      written.setAttribute("fill", map.colours[i] !== null && map.dark[i] ? "#ffffff" : this.ink);
      group.append(written);
    }
    group.onclick = () => this.choose(r, c);
    return group;
  }

  scale(x, y, height) {
    const { map } = this;
    const names = {
      test_loss: "final test loss",
      epochs_to_solve: "epochs to solve",
      dead: "share of dead units",
      test_score: "final test score",
    };
    const step = height / map.scale.length;
    const parts = [this.text(names[map.heat] + (map.log ? " (log)" : ""), x - 8, y + 10, "start", "600")];
    if (map.measured) {
      const top = y + 20;
      const bar = (step * map.scale.length) - 24;
      map.scale.forEach((colour, i) =>
        parts.push(
          make("rect", {
            x,
            y: top + bar - ((i + 1) * bar) / map.scale.length,
            width: 16,
            height: bar / map.scale.length + 0.5,
            fill: colour,
          }),
        ),
      );
      for (const share of [0, 0.5, 1]) {
        const value = map.log ? map.low * (map.high / map.low) ** share : map.low + (map.high - map.low) * share;
        parts.push(
          this.text(this.number(value), x + 22, top + bar * (1 - share) + (share === 1 ? 9 : share ? 4 : 0), "start"),
        );
      }
    }
    const box = y + height + 18;
    parts.push(
      make("rect", {
        x,
        y: box,
        width: 16,
        height: 16,
        fill: "url(#cp-hatch)",
        stroke: this.ink,
        "stroke-opacity": 0.4,
      }),
      this.text("not there yet,", x + 22, box + 12, "start"),
      this.text("never, diverged", x + 22, box + 27, "start"),
    );
    return parts;
  }

  number(value) {
    const { heat } = this.map;
    if (heat === "epochs_to_solve") return String(Math.round(value));
    if (heat === "dead") return `${Math.round(100 * value)} %`;
    return value !== 0 && Math.abs(value) < 1e-3
      ? value.toExponential(1)
      : Math.abs(value) < 100
        ? value.toFixed(3)
        : value.toExponential(1);
  }

  hatching() {
    const pattern = make("pattern", {
      id: "cp-hatch",
      width: 7,
      height: 7,
      patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)",
    });
    pattern.append(
      make("line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: this.ink, "stroke-width": 1.4, "stroke-opacity": 0.3 }),
    );
    const definitions = make("defs", {});
    definitions.append(pattern);
    return definitions;
  }

  text(content, x, y, anchor, weight = "400") {
    return make(
      "text",
      {
        x,
        y,
        "text-anchor": anchor,
        "font-weight": weight,
        "font-size": 13,
        "font-family": getComputedStyle(this.svg).fontFamily,
        fill: this.ink,
      },
      content,
    );
  }

  // One cell is reached by Tab, the others from there.
  focusable() {
    for (const group of this.svg.querySelectorAll("g")) {
      const here = Number(group.dataset.row) === this.at[0] && Number(group.dataset.column) === this.at[1];
      group.setAttribute("tabindex", here ? 0 : -1);
    }
  }

  focus() {
    this.focusable();
    this.svg.querySelector("g[tabindex='0']")?.focus();
  }

  move(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (event.key === "Enter" || event.key === " ") this.choose(...this.at);
    else if (!step) return;
    else {
      const most = [this.map.rows.labels.length - 1, this.map.columns.labels.length - 1];
      this.at = this.at.map((place, i) => Math.min(most[i], Math.max(0, place + step[i])));
      this.focus();
    }
    event.preventDefault();
  }

  choose(row, column) {
    this.at = [row, column];
    this.open(row, column);
  }

  asURI() {
    const copy = this.svg.cloneNode(true);
    return svgURI(copy, this.svg.clientWidth, this.svg.clientHeight);
  }
}

function make(name, attributes, content = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (content) element.textContent = content;
  return element;
}

export function svgURI(svg, width, height) {
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
}
