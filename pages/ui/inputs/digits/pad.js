// The pad on which a person draws a digit: ink follows the mouse, a finger or the arrow keys. What
// is drawn leaves as one hexadecimal digit of ink a cell.

const PEN = 1 / 8; // thickness, as a share of the pad's side
const STRIDE = 1 / 16; // of the pen under the arrow keys
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export class Pad {
  constructor(root, side, changed) {
    Object.assign(this, { side, changed, at: [0.5, 0.25], down: false });
    this.canvas = root.querySelector("canvas");
    this.mark = root.querySelector("i");
    this.canvas.width = this.canvas.height = side;
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    Object.assign(this.pen, { lineCap: "round", lineJoin: "round", lineWidth: PEN * side });
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.at = this.place(event);
      this.line(this.at);
    };
    this.canvas.onpointermove = (event) =>
      this.canvas.hasPointerCapture(event.pointerId) && this.line(this.place(event));
    this.canvas.onkeydown = (event) => this.key(event);
    this.canvas.onfocus = () => this.showMark();
    this.canvas.onblur = () => (this.mark.hidden = true);
  }

  clear() {
    this.pen.clearRect(0, 0, this.side, this.side);
    this.changed(this.ink());
  }

  // A drawing from before, as ink() wrote it.
  show(text) {
    const image = this.pen.createImageData(this.side, this.side);
    for (let i = 0; i < text.length; i++) image.data[4 * i + 3] = 17 * parseInt(text[i], 16);
    this.pen.putImageData(image, 0, 0);
    this.colour = null; // it is black: let it take the page's
    this.recolour();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  // What is drawn takes the colour of the page's text, also where its theme has changed.
  recolour() {
    const colour = getComputedStyle(this.canvas).color;
    if (colour === this.colour) return;
    this.colour = this.pen.strokeStyle = this.pen.fillStyle = colour;
    this.pen.globalCompositeOperation = "source-in";
    this.pen.fillRect(0, 0, this.side, this.side);
    this.pen.globalCompositeOperation = "source-over";
  }

  // Ink from where the pen is to there.
  line(to) {
    this.pen.beginPath();
    this.pen.moveTo(...this.at.map((share) => share * this.side));
    this.pen.lineTo(...to.map((share) => share * this.side));
    this.pen.stroke();
    this.at = to;
    this.showMark();
    this.changed(this.ink());
  }

  key(event) {
    const step = STEPS[event.key];
    if (step) {
      const to = this.at.map((share, i) => Math.min(1 - PEN / 2, Math.max(PEN / 2, share + STRIDE * step[i])));
      if (this.down) this.line(to);
      this.at = to;
    } else if (event.key === " ") {
      this.down = !this.down;
      if (this.down) this.line(this.at);
    } else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else return;
    this.showMark();
    event.preventDefault();
    event.stopPropagation();
  }

  showMark() {
    this.mark.hidden = !this.canvas.matches(":focus-visible");
    this.mark.dataset.down = this.down;
    this.mark.style.left = `${100 * this.at[0]}%`;
    this.mark.style.top = `${100 * this.at[1]}%`;
  }

  ink() {
    const { data } = this.pen.getImageData(0, 0, this.side, this.side);
    let text = "";
    for (let i = 3; i < data.length; i += 4) text += (data[i] >> 4).toString(16); // its opacity
    return text;
  }
}
