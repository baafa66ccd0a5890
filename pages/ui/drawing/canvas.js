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

// A canvas as large as it is on screen, cleared, with a pen that draws in CSS pixels.
export function clearedPen(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.reset(); // clips and dashes, too
  pen.scale(ratio, ratio);
  return pen;
}
