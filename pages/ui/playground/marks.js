// Marks above the diagram's pictures: what moved or would move, what is hovered or edited, padlocks on
// what is frozen, crosses over what is killed. A part of the diagram (diagram.js).

import { biasBox, edgeOf, edgeWidth, partAt, placeOn, ranked } from "./edges.js";

const SHOWN_MOVES = 60; // the weights that move most in a step

// As arrows: up where a weight grew (or would grow), down where it fell, larger where it moved more.
export function drawMoves(pen, scene, moves, colour, paper) {
  const largest = Math.max(...moves.map(Math.abs));
  if (!(largest > 0)) return;
  const least = moves.length > SHOWN_MOVES ? ranked(moves, SHOWN_MOVES) : 0;
  moves.forEach((move, index) => {
    const part = partAt(scene.sizes, index);
    if (part.kind !== "weight" || Math.abs(move) < least || move === 0) return;
    const [x, y] = placeOn(edgeOf(scene, part), 0.62);
    const size = (3 + 5 * Math.sqrt(Math.abs(move) / largest)) * Math.sign(move);
    pen.beginPath();
    pen.moveTo(x, y - size);
    pen.lineTo(x - Math.abs(size) * 0.8, y + size * 0.7);
    pen.lineTo(x + Math.abs(size) * 0.8, y + size * 0.7);
    pen.closePath();
    pen.fillStyle = colour;
    pen.strokeStyle = paper;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.fill();
  });
}

// A frame around a unit or a bias; an edge gets a rim.
export function highlight(pen, scene, part, value, paper) {
  const { nodes, sides, colours } = scene;
  pen.strokeStyle = colours[2];
  if (part.kind === "unit") {
    const [[x, y], half] = [nodes[part.layer][part.to - 1], sides[part.layer] / 2 + 2];
    pen.lineWidth = 3;
    pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
    return;
  }
  if (part.kind === "bias") {
    const [left, top, side] = biasBox(scene, part.layer, part.to, value);
    pen.lineWidth = 2;
    pen.strokeRect(left - 2.5, top - 2.5, side + 5, side + 5);
    return;
  }
  const { x0, y0, x1, y1, middle } = edgeOf(scene, part);
  const width = edgeWidth(Math.abs(value));
  // Ink, a rim of paper, the edge itself.
  for (const [colour, more] of [[colours[2], 5], [paper, 2.5], [colours[value < 0 ? 0 : 1], 0]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width + more;
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.bezierCurveTo(middle, y0, middle, y1, x1, y1);
    pen.stroke();
  }
}

// A cross over a unit that is killed.
export function crossOut(pen, [x, y], half, ink, paper) {
  pen.globalAlpha = 0.6;
  pen.fillStyle = paper;
  pen.fillRect(x - half, y - half, 2 * half, 2 * half);
  pen.globalAlpha = 1;
  pen.strokeStyle = ink;
  pen.lineWidth = Math.min(3, half / 3);
  pen.beginPath();
  for (const side of [-1, 1]) {
    pen.moveTo(x - half, y - side * half);
    pen.lineTo(x + half, y + side * half);
  }
  pen.stroke();
}

// On a frozen part: a weight or a bias, and its value.
export function lock(pen, scene, part, value, paper) {
  const ink = scene.colours[2];
  if (part.kind === "bias") {
    const [left, top, side] = biasBox(scene, part.layer, part.to, value);
    padlock(pen, left - 8, top + side / 2, ink, paper);
  } else padlock(pen, ...placeOn(edgeOf(scene, part), 0.35), ink, paper);
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
