// The loss laboratory's board: losses and gradients over the logit, and two networks that train.
// The numbers, lines and pictures are the server's; here they are only placed.

import { axesOf, forget, pointerIn } from "../drawing/plotly.js";
import { minus } from "../drawing/text.js";
import { mountSandbox } from "../sandbox/sandbox.js";
import { dataURI } from "../live/frames.js";

export default (component) => mountSandbox(component, LossBoard);

const NAMES = ["NLL on a sigmoid", "squared loss on a sigmoid", "hinge on a linear output"];
const NETWORKS = { nll: ["NLL", 0], squared: ["squared loss", 1] }; // name, place in the colours
const DASHES = ["", "8 5", "2 4"];
const SIDE = 186; // of a network's picture, in units of its drawing

class LossBoard {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    for (const verb of ["reset", "step"]) this.$(`.ll-${verb}`).onclick = () => sandbox.wire.send(verb);
    this.$(".ll-play").onclick = () => sandbox.wire.send(this.playing ? "pause" : "play");
    for (const radio of sandbox.root.querySelectorAll("[name=y]")) {
      radio.onchange = () => sandbox.set({ y: Number(radio.value) });
    }
    this.$(".ll-table tbody").innerHTML = NAMES.map(
      (name, i) =>
        `<tr><th scope="row"><svg width="34" height="10" aria-hidden="true"><line x1="1" x2="33" y1="5" y2="5" ` +
        `stroke-width="3" stroke-dasharray="${DASHES[i]}"/></svg><b></b> ${name}</th><td></td><td></td></tr>`,
    ).join("");
    this.rows = [...this.$(".ll-table tbody").rows];
    this.bindChart();
  }

  end() {
    forget(this.$(".ll-curves"), this.$(".ll-progress"));
  }

  // The chart is a slider, too: what it is dragged to, the slider shows and sends.
  bindChart() {
    const chart = this.$(".ll-chart");
    const slider = this.$("[name=z]");
    const follow = (event) => {
      const figure = this.$(".ll-curves");
      const axes = axesOf(figure);
      if (!axes) return;
      const [across] = pointerIn(figure, axes, event);
      slider.value = axes.x.scaledAt(across);
      slider.dispatchEvent(new Event("input"));
    };
    chart.onpointerdown = (event) => {
      chart.setPointerCapture(event.pointerId);
      follow(event);
    };
    chart.onpointermove = (event) => chart.hasPointerCapture(event.pointerId) && follow(event);
    chart.onlostpointercapture = () => slider.dispatchEvent(new Event("change"));
  }

  async draw({ header, blobs }) {
    const { y } = header.settings;
    for (const radio of this.sandbox.root.querySelectorAll("[name=y]")) radio.checked = Number(radio.value) === y;
    if (blobs.scene) await this.build(blobs.scene);
    if (blobs.curves) this.drawCurves(blobs.curves);
    this.drawAt(header.settings.z, blobs.now);
    if (blobs.history) this.drawHistory(blobs.history);
    if (blobs.measured) this.drawNetworks(blobs, blobs.measured);
    this.showPlay(header);
  }

  showPlay({ playing, epoch, over }) {
    this.playing = playing;
    const button = this.$(".ll-play");
    button.querySelector("span").textContent = playing ? "Pause" : "Play";
    button.disabled = over;
    this.$(".ll-step").disabled = over;
    this.$(".ll-epoch output").value = epoch.toLocaleString("en");
    this.sandbox.root.dataset.epoch = epoch;
  }

  // -------------------------------------------------------------- what stays: figures and points

  async build(scene) {
    this.scene = scene;
    const { curves, progress, colours, signs, about } = scene;
    this.$(".ll-how").textContent = about;
    await window.Plotly.react(this.$(".ll-curves"), curves.data, curves.layout, { staticPlot: true, responsive: true });
    await window.Plotly.react(this.$(".ll-progress"), progress.data, progress.layout, {
      displayModeBar: false,
      responsive: true,
    });
    if (!this.follows) {
      this.follows = true; // a resized chart has its marks elsewhere
      this.$(".ll-curves").on("plotly_afterplot", () => this.drawMarks());
    }
    this.rows.forEach((row, i) => {
      row.querySelector("line").setAttribute("stroke", colours[i]);
      row.querySelector("b").textContent = signs[i];
      row.querySelector("b").style.color = colours[i];
    });
    this.networks = Object.fromEntries(Object.keys(NETWORKS).map((name) => [name, this.buildNetwork(name)]));
    this.$(".ll-pair").replaceChildren(...Object.values(this.networks).map(({ root }) => root));
  }

  buildNetwork(name) {
    const { points, classes, colours, signs, extent: [[low, high], [bottom, top]] } = this.scene;
    const [title, place] = NETWORKS[name];
    const left = 30;
    const x = (value) => left + (SIDE * (value - low)) / (high - low);
    const y = (value) => 4 + (SIDE * (top - value)) / (top - bottom);
    const dots = points
      .map((dot, k) =>
        dot.x
          .map((px, i) =>
            k === 0
              ? `<circle cx="${x(px)}" cy="${y(dot.y[i])}" r="3.2" fill="${classes[k]}"/>`
              : `<rect x="${x(px) - 3}" y="${y(dot.y[i]) - 3}" width="6" height="6" fill="${classes[k]}"/>`,
          )
          .join(""),
      )
      .join("");
    const ticks =
      [low, 0, high]
        .map((value) => `<text x="${x(value)}" y="${SIDE + 17}" text-anchor="middle">${signed(value)}</text>`)
        .join("") +
      [bottom, 0, top]
        .map((value) => `<text x="${left - 4}" y="${y(value) + 4}" text-anchor="end">${signed(value)}</text>`)
        .join("");
    const root = document.createElement("figure");
    root.dataset.network = name;
    root.innerHTML = `
      <figcaption><b style="color:${colours[place]}">${signs[place]}</b> learns with ${title}</figcaption>
      <svg viewBox="0 0 ${left + SIDE + 8} ${SIDE + 34}" role="img"
        aria-label="Output of the network that learns with ${title}, over the plane, with the training points">
        <image x="${left}" y="4" width="${SIDE}" height="${SIDE}" preserveAspectRatio="none"/>
        <rect x="${left}" y="4" width="${SIDE}" height="${SIDE}" class="ll-frame"/>
        <g class="ll-dots">${dots}</g>${ticks}
        <text x="${left + SIDE / 2}" y="${SIDE + 31}" text-anchor="middle">x₁</text>
        <text x="10" y="${SIDE / 4 + 4}" text-anchor="middle">x₂</text>
      </svg>
      <p><output class="ll-share"></output> right ·
        ${title === "NLL" ? "mean NLL" : "mean squared"} <output class="ll-loss"></output></p>`;
    const part = (selector) => root.querySelector(selector);
    return { root, image: part("image"), share: part(".ll-share"), loss: part(".ll-loss") };
  }

  // -------------------------------------------------------------- over the logit

  drawCurves(values) {
    const n = values.length / 7;
    const rows = Array.from({ length: 7 }, (_, i) => values.subarray(i * n, (i + 1) * n));
    window.Plotly.restyle(this.$(".ll-curves"), { x: Array(6).fill(rows[0]), y: rows.slice(1) }, [0, 1, 2, 3, 4, 5]);
  }

  drawAt(z, now) {
    this.at = { z, ...now };
    this.rows.forEach((row, i) => {
      row.cells[1].textContent = signed(now.losses[i].toFixed(3));
      row.cells[2].textContent = signed(now.gradients[i].toFixed(3));
      row.cells[1].title = String(now.losses[i]);
      row.cells[2].title = String(now.gradients[i]);
    });
    this.$(".ll-g output").value = now.g.toFixed(4);
    this.$(".ll-words").textContent = now.words;
    this.drawMarks();
  }

  // The line at z with a mark on every curve, and the flat stretch, over the chart.
  drawMarks() {
    const [above, below] = ["yaxis", "yaxis2"].map((name) => axesOf(this.$(".ll-curves"), "xaxis", name));
    if (!above || !this.at || !this.scene) return;
    const { z, losses, gradients, flat } = this.at;
    const x = (value) => above.x.start + above.x.at(value);
    const [top, bottom] = [above.y.start, below.y.start + below.y.length];
    const panels = [[above.y, losses], [below.y, gradients]];
    const band = panels.map(
      ([axis]) =>
        `<rect class="ll-flat" x="${x(flat[0])}" y="${axis.start}" width="${x(flat[1]) - x(flat[0])}" ` +
        `height="${axis.length}"/>`,
    );
    const marks = panels.flatMap(([axis, values]) => values.map((value, i) =>
      mark(i, x(z), axis.start + axis.at(value), this.scene.colours[i])));
    this.$(".ll-marks").innerHTML =
      `${band.join("")}<line class="ll-line" x1="${x(z)}" x2="${x(z)}" y1="${top}" y2="${bottom}"/>${marks.join("")}`;
  }

  // -------------------------------------------------------------- two networks

  drawNetworks(blobs, measured) {
    for (const [name, { image, share, loss }] of Object.entries(this.networks)) {
      image.setAttribute("href", dataURI(blobs[name]));
      share.value = `${Math.round(100 * measured[name].share)} %`;
      loss.value = measured[name].loss.toFixed(4);
    }
  }

  drawHistory(values) {
    const n = values.length / 5;
    const [epoch, ...lines] = Array.from({ length: 5 }, (_, i) => values.subarray(i * n, (i + 1) * n));
    window.Plotly.restyle(this.$(".ll-progress"), { x: Array(4).fill(epoch), y: lines }, [0, 1, 2, 3]);
  }
}

// No minus before a zero.
const signed = (value) => minus(String(value).replace(/^-(?=0\.?0*$)/, ""));

// A circle, a square, a triangle: each loss has its own.
function mark(place, x, y, colour) {
  const paint = `fill="${colour}" class="ll-mark"`;
  if (place === 0) return `<circle cx="${x}" cy="${y}" r="6" ${paint}/>`;
  if (place === 1) return `<rect x="${x - 5.5}" y="${y - 5.5}" width="11" height="11" ${paint}/>`;
  return `<path d="M${x} ${y - 7}l6.5 12h-13z" ${paint}/>`;
}
