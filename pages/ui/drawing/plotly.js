// Plotly, and all that is known here of the inside of its figures: no other module reads a name of
// Plotly's that begins with an underscore, or looks for the elements that it makes.
//
// A figure is the div that Plotly draws into.

const XLINK = "http://www.w3.org/1999/xlink";

let loading;

// plotly.js, once for all views.
export function loadPlotly(source) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

// Text that people wrote inside a text or template of Plotly's, to be read as it stands; the server does
// the same (figures.in_figure). Plotly shows an entity as its letter.
export const inFigure = (text) => text.replace(/[&<>%{}$]/g, (letter) => `&#${letter.charCodeAt(0)};`);

// What the figure tells of itself, to one listener: the one before is forgotten.
export function listen(figure, event, action) {
  figure.removeAllListeners?.(event);
  figure.on(event, action);
}

// Nothing of these figures is kept; where plotly.js has never come there is nothing.
export function forget(...figures) {
  for (const figure of figures) window.Plotly?.purge(figure);
}

// The figure takes the room that it has got, if it is drawn and to be seen.
export function fit(figure) {
  if (figure._fullLayout && figure.clientWidth) return window.Plotly.Plots.resize(figure);
}

// ---------------------------------------------------------------- axes

// A pair of axes of a figure, or null before it is drawn: {x, y}, of each
//   start, length       in px; the start from the figure's left or upper edge
//   at(value)           px from the start
//   atScaled(value)     the same of a value as the axis counts: of a logarithmic axis the logarithm
//   scaledAt(px)        the way back from atScaled
export function axesOf(figure, x = "xaxis", y = "yaxis") {
  const layout = figure._fullLayout;
  return layout?.[x] && layout[y] ? { x: axis(layout[x]), y: axis(layout[y]) } : null;
}

const axis = (inner) => ({
  start: inner._offset,
  length: inner._length,
  at: (value) => inner.c2p(value),
  atScaled: (value) => inner.l2p(value),
  scaledAt: (px) => inner.p2l(px),
});

// From now on the pen draws within a pair of axes alone, and counts from their upper left corner.
export function enterAxes(pen, { x, y }) {
  pen.translate(x.start, y.start);
  pen.beginPath();
  pen.rect(0, 0, x.length, y.length);
  pen.clip();
}

// Where a pointer is, in px from the upper left corner of a pair of axes.
export function pointerIn(figure, { x, y }, event) {
  const box = figure.getBoundingClientRect();
  return [event.clientX - box.left - x.start, event.clientY - box.top - y.start];
}

// Where a canvas is put that lies above what is drawn, and below the texts of what is hovered.
export const belowHoverTexts = (figure) => figure.querySelector(".gl-container");

// ---------------------------------------------------------------- what moves with every frame

// Another picture for an image of the layout, by its number. Plotly would supply all defaults anew and
// measure the figure for it; so its own element gets the picture, and both its layouts know of it.
export function setPicture(figure, number, source) {
  const elements = [...figure.querySelectorAll(".imagelayer image")];
  const element = elements.find(({ __data__: image }) => image?._index === number);
  // An image without a picture has no element yet.
  if (!element) return window.Plotly.relayout(figure, { [`images[${number}].source`]: source });
  element.setAttributeNS(XLINK, "xlink:href", source);
  element._imgSrc = source; // by which Plotly knows that it is drawn
  for (const image of [element.__data__, figure._fullLayout.images[number], figure.layout.images[number]])
    image.source = source;
}

// Moves the markers of some traces, [[number of the trace, x, y]], where they stand: restyling 500 of
// them takes Plotly 40 ms, moving their elements 1. Plotly does not hear of it. False where there are
// other markers than that: then nothing is moved.
export function moveMarkers(figure, traces) {
  const { x, y } = axesOf(figure);
  const drawn = new Map();
  for (const group of figure.querySelectorAll(".scatterlayer .trace"))
    drawn.set(group.__data__[0].trace.index, group.querySelectorAll(".point"));
  const moves = traces.filter(([number]) => drawn.has(number));
  if (moves.some(([number, xs]) => drawn.get(number).length !== xs.length)) return false;
  for (const [number, xs, ys] of moves)
    drawn.get(number).forEach((marker, k) =>
      marker.setAttribute("transform", `translate(${x.at(xs[k])},${y.at(ys[k])})`),
    );
  return true;
}
