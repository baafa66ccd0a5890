// What all boards draw on canvases with: a cleared pen, and the markers of the classes.

const OUTLINES = {
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  "triangle-up": [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]],
  diamond: [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]],
  cross: [
    [-0.5, -1.4], [0.5, -1.4], [0.5, -0.5], [1.4, -0.5], [1.4, 0.5], [0.5, 0.5],
    [0.5, 1.4], [-0.5, 1.4], [-0.5, 0.5], [-1.4, 0.5], [-1.4, -0.5], [-0.5, -0.5],
  ],
  x: [
    [-1.3, -0.7], [-0.7, -1.3], [0, -0.6], [0.7, -1.3], [1.3, -0.7], [0.6, 0],
    [1.3, 0.7], [0.7, 1.3], [0, 0.6], [-0.7, 1.3], [-1.3, 0.7], [-0.6, 0],
  ],
};

// Adds a data point to the path; each class has a shape of its own.
export function marker(pen, symbol, x, y, r) {
  const corners = OUTLINES[symbol];
  if (!corners) {
    pen.moveTo(x + r, y);
    pen.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  pen.moveTo(x + r * corners[0][0], y + r * corners[0][1]);
  for (let i = 1; i < corners.length; i++) pen.lineTo(x + r * corners[i][0], y + r * corners[i][1]);
  pen.closePath();
}

// A canvas of so many CSS pixels (without a number, as large as it is on screen) has as many pixels as
// the screen has there. It is cleared; its pen draws in CSS pixels.
export function clearedPen(canvas, across = canvas.clientWidth, down = canvas.clientHeight) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [across * ratio, down * ratio].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.reset(); // clips and dashes, too
  pen.scale(ratio, ratio);
  return pen;
}

// The same of a canvas that no style sheet gives a size.
export function sizedPen(canvas, across, down) {
  const [width, height] = [`${across}px`, `${down}px`];
  if (canvas.style.width !== width || canvas.style.height !== height) Object.assign(canvas.style, { width, height });
  return clearedPen(canvas, across, down);
}

// A ring that is seen on any ground: `widths` are those of its line and of the rim below it.
export function ring(pen, x, y, radius, colour, rim, widths = [2, 4.5]) {
  for (const [strokeStyle, lineWidth] of [[rim, widths[1]], [colour, widths[0]]]) {
    Object.assign(pen, { strokeStyle, lineWidth });
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  }
}
