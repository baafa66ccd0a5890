// The input plane: the network's output field in a figure, the points above it; and a board that
// keeps the parts of frames, because a frame holds only what is new.

import { FunctionBoard } from "../drawing/overlay.js";
import { fit, inFigure, setPicture } from "../drawing/plotly.js";
import { Transport } from "./transport.js";
import { dataURI } from "../live/frames.js";

const NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

export class PlaneBoard extends FunctionBoard {
  constructor(sandbox, figures) {
    super(sandbox, figures);
    this.transport = new Transport(sandbox);
    this.kept = {}; // the latest of every part
    // Panels come and go, and share the page's width: a figure takes the room that it gets.
    this.resizer = new ResizeObserver((changes) => this.fit(changes.map(({ target }) => target)));
  }

  // A subclass keeps its own parts in take(blobs).
  async draw(frame) {
    const { scene, field } = frame.blobs;
    if (scene) this.kept.scene = scene;
    if (field) this.kept.field = dataURI(field);
    this.take(frame.blobs);
    await super.draw(frame);
  }

  async fit(figures) {
    await Promise.all(figures.map(fit));
    this.again();
  }

  painted() {
    this.spannedScene = this.pictured = null;
  }

  // The figure gets the data's view and a picture ("" for none); whether the view is another one.
  showField(overlay, picture) {
    const { scene } = this.kept;
    const moved = this.spannedScene !== scene;
    if (moved) {
      this.spannedScene = scene;
      const { extent: [[x0, x1], [y0, y1]], names, square } = scene;
      window.Plotly.relayout(overlay.figure, {
        "xaxis.range": [x0, x1],
        "yaxis.range": [y0, y1],
        "xaxis.title.text": inFigure(names[0]),
        "yaxis.title.text": inFigure(names[1]),
        "yaxis.scaleanchor": square ? "x" : false,
        "images[0].x": x0,
        "images[0].y": y1,
        "images[0].sizex": x1 - x0,
        "images[0].sizey": y1 - y0,
      });
    }
    if (this.pictured !== picture) {
      this.pictured = picture;
      setPicture(overlay.figure, 0, picture || NO_PICTURE);
    }
    return moved;
  }
}

const SHAPES = { circle: 0, square: 4, "triangle-up": 3, diamond: -4, cross: -8, x: 8, star: 5, pentagon: 6 };

// A class's points, each class in a shape of its own.
export function drawMarks(pen, { colour, symbol, at }, x, y, rim) {
  const corners = Math.abs(SHAPES[symbol]) || 16;
  const turn = symbol === "square" ? Math.PI / 4 : -Math.PI / 2;
  const star = ["star", "cross", "x"].includes(symbol);
  pen.beginPath();
  for (const [x1, x2] of at) {
    const [px, py] = [x(x1), y(x2)];
    for (let i = 0; i < corners; i++) {
      const radius = star && i % 2 ? 1.8 : 3.8;
      const angle = turn + (2 * Math.PI * i) / corners;
      const place = [px + radius * Math.cos(angle), py + radius * Math.sin(angle)];
      if (i) pen.lineTo(...place);
      else pen.moveTo(...place);
    }
    pen.closePath();
  }
  Object.assign(pen, { fillStyle: colour, strokeStyle: rim, lineWidth: 1, lineJoin: "round" });
  pen.fill();
  pen.stroke();
}
