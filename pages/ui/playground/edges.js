// The network's edges and biases: where they are among the parameters and on screen, how they are drawn,
// which of them a pointer means. A part of the diagram (diagram.js), which says what a `part` is; `scene`
// is the server's: sizes (units of each layer), nodes (their places), sides (of their squares), colours
// [negative, positive, ink].

const CROWD = 150; // edges between two layers: of more, the faint ones would be a grey wall

// The place of a weight or a bias among the parameters: W of each layer row by row, then b.
export function indexOf(sizes, { kind, layer, from, to }) {
  let start = 0;
  for (let l = 1; l < layer; l++) start += (sizes[l - 1] + 1) * sizes[l];
  return start + (kind === "bias" ? sizes[layer - 1] : from - 1) * sizes[layer] + to - 1;
}

// The other way round.
export function partAt(sizes, index) {
  let layer = 1;
  for (; index >= (sizes[layer - 1] + 1) * sizes[layer]; layer++) index -= (sizes[layer - 1] + 1) * sizes[layer];
  const row = Math.floor(index / sizes[layer]);
  return { kind: row < sizes[layer - 1] ? "weight" : "bias", layer, from: row + 1, to: (index % sizes[layer]) + 1 };
}

// An edge's ends and the x of its two handles, which stand at the heights of the ends.
export function edgeOf({ nodes, sides }, { layer, from, to }) {
  const [[x0, y0], [x1, y1]] = [nodes[layer - 1][from - 1], nodes[layer][to - 1]];
  const middle = (x0 + x1) / 2;
  return { x0: x0 + sides[layer - 1] / 2, y0, x1: x1 - sides[layer] / 2, y1, middle };
}

// Along an edge, t from 0 to 1: where it is, and which share of its rise it has done.
const xAt = ({ x0, x1, middle }, t) => (1 - t) ** 3 * x0 + 3 * t * (1 - t) * middle + t ** 3 * x1;
const rise = (t) => t * t * (3 - 2 * t);
export const placeOn = (edge, t) => [xAt(edge, t), edge.y0 + rise(t) * (edge.y1 - edge.y0)];

export const edgeWidth = (size) => Math.min(7, 0.8 + 1.6 * size);

// The nth largest size of these weights.
export const ranked = (weights, n) => Float32Array.from(weights, Math.abs).sort()[weights.length - n];

// A bias's square: left, top, side.
export function biasBox({ nodes, sides }, layer, to, b) {
  const [[x, y], half] = [nodes[layer][to - 1], sides[layer] / 2];
  const side = Math.min(9, 3 + 4 * Math.abs(b)) * Math.min(1, half / 12);
  return [x - half - side / 2 - 3, y + half - side, side];
}

// The smallest size that a weight must have to be drawn, for each layer: 0 where all are.
export function faintestOf({ sizes }, parameters) {
  let at = 0;
  return sizes.map((n, l) => {
    if (l === 0) return 0;
    const count = sizes[l - 1] * n;
    const weights = parameters.subarray(at, at + count);
    at += count + n;
    return count > CROWD ? ranked(weights, CROWD) : 0;
  });
}

// Edges as curves: width |w|, colour by sign; a bias is a small square. What comes from a unit that is
// killed, isKilled(layer, unit), is hardly to be seen.
export function drawEdges(pen, scene, parameters, faintestOfLayer, isKilled) {
  const { nodes, sizes, sides, colours } = scene;
  pen.lineCap = "round";
  let at = 0;
  for (let l = 1; l < sizes.length; l++) {
    const [m, n] = [sizes[l - 1], sizes[l]];
    const from = sides[l - 1] / 2;
    const to = sides[l] / 2;
    const faintest = faintestOfLayer[l];
    for (let i = 0; i < m; i++) {
      const [x0, y0] = nodes[l - 1][i];
      const dead = isKilled(l - 1, i + 1);
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
      const [left, top, side] = biasBox(scene, l, j + 1, b);
      pen.fillStyle = colours[b < 0 ? 0 : 1];
      pen.fillRect(left, top, side, side);
    }
    at += n;
  }
}

// The weight or bias that a pointer means, or null. A bias's square is small: it comes first; of
// several edges that are near, the thickest.
export function partNear(scene, parameters, faintestOfLayer, [x, y], reach) {
  const { nodes, sizes, sides } = scene;
  for (let layer = 1; layer < sizes.length; layer++) {
    for (let to = 1; to <= sizes[layer]; to++) {
      const bias = { kind: "bias", layer, to };
      const [left, top, side] = biasBox(scene, layer, to, parameters[indexOf(sizes, bias)]);
      const room = Math.min(reach, sides[layer] / 4);
      if (x > left - room && x < left + side + room && y > top - room && y < top + side + room)
        return bias;
    }
  }
  const layer = nodes.findIndex((column, l) => l > 0 && x > nodes[l - 1][0][0] && x < column[0][0]);
  if (layer < 0) return null;
  const edge = edgeOf(scene, { layer, from: 1, to: 1 });
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
  const faintest = faintestOfLayer[layer];
  for (let from = 1; from <= sizes[layer - 1]; from++) {
    for (let to = 1; to <= sizes[layer]; to++) {
      const size = Math.abs(parameters[indexOf(sizes, { layer, from, to })]);
      if (!(size >= faintest) || size <= thickest) continue;
      const [y0, y1] = [nodes[layer - 1][from - 1][1], nodes[layer][to - 1][1]];
      const distance = Math.abs(y0 + s * (y1 - y0) - y) / Math.hypot(1, (ds / dx) * (y1 - y0));
      if (distance <= reach + edgeWidth(size) / 2) [best, thickest] = [{ kind: "weight", layer, from, to }, size];
    }
  }
  return best;
}
