// What the digits board and its views draw alike: choices, pictures, probabilities, lines of shares.

import { dataURI } from "../../live/frames.js";

export function fill(select, titles) {
  select.innerHTML = Object.entries(titles)
    .map(([name, title]) => `<option value="${name}">${title}</option>`)
    .join("");
}

export function picture(image, blob) {
  if (blob) image.src = dataURI(blob);
}

// A probability: 0.98765 -> 98.8 %, never a certainty, which no softmax gives (float32 rounds to it).
export function percent(share) {
  if (share >= 0.9995) return ">\u00a099.9\u00a0%";
  if (share < 0.0005) return "<\u00a00.1\u00a0%";
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

// Lines over one axis from 0 to `most`, shares from 0 to 100 %, in an SVG: [{x, y, colour, dash,
// name}]; a dotted line at the share `mark`. The names have their own places: ends of lines cross.
export function drawShares(svg, lines, most, title, mark = 0) {
  const [width, height] = [svg.clientWidth, svg.clientHeight];
  if (!width) return;
  const [left, top, right, bottom] = [44, 8, width - 76, height - 36];
  const x = (value) => left + ((right - left) * value) / most;
  const y = (share) => bottom - (bottom - top) * share;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${left}" x2="${right}" y1="${y(share)}" y2="${y(share)}" stroke="currentColor" ` +
      `stroke-opacity=".15"/><text x="${left - 6}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`,
  );
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (share) =>
      `<text x="${x(share * most)}" y="${bottom + 16}" text-anchor="middle">${Number((share * most).toPrecision(3))}` +
      `</text>`,
  );
  const drawn = lines.filter((line) => line.x.length);
  const paths = drawn.map((line, i) => {
    const points = Array.from(line.x, (value, k) => `${x(value)},${y(line.y[k])}`).join(" ");
    const look = `fill="none" stroke="${line.colour}" stroke-width="2.5" stroke-dasharray="${line.dash}"`;
    const place = y(0.6) + 18 * i;
    return `<polyline points="${points}" ${look}/><path d="M${right + 6} ${place - 4}h18" ${look}/>` +
      `<text class="dg-name" x="${right + 28}" y="${place}" style="fill:${line.colour}">${line.name}</text>`;
  });
  const marked =
    mark &&
    `<line x1="${left}" x2="${right}" y1="${y(mark)}" y2="${y(mark)}" stroke="currentColor" stroke-dasharray="2 3"/>` +
    `<text x="${right + 5}" y="${y(mark) + 4}">goal ${100 * mark} %</text>`;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.innerHTML = `${grid.join("")}${ticks.join("")}<text x="${(left + right) / 2}" y="${height - 4}" ` +
    `text-anchor="middle">${title}</text>${marked || ""}${paths.join("")}`;
}
