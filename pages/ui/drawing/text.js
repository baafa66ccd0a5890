// Numbers as people read them, and text that is written only when it is another one.

// Text with a true minus in place of a hyphen: of a number, or of one that is written already.
export const minus = (number) => String(number).replace("-", "−");

// Always as wide: a minus or a space, so many digits; tiny numbers and exact zeros tell themselves apart.
export function fixed(x, digits = 2) {
  const size = Math.abs(x);
  const text = size !== 0 && size < 0.5 * 10 ** -digits ? size.toExponential(0) : size.toFixed(digits);
  return (x < 0 ? "−" : "\u2007") + text.replace("e-", "e−");
}

// A number within a sum or a product.
export const bracketed = (x, digits = 2) => (x < 0 ? `(${fixed(x, digits)})` : fixed(x, digits).trim());

// Four decimals and a place for the sign, so that nothing moves when the number does.
export function fourDecimals(x) {
  if (!Number.isFinite(x)) return "not finite";
  const size = Math.abs(x) < 1000 ? Math.abs(x).toFixed(4) : Math.abs(x).toExponential(2);
  return (x < 0 ? "−" : "\u2007") + size;
}

// A power of ten as it is written by hand: 1.5e-7 -> 1.5e−7, 1.0e+3 -> 1.0e3.
export const exponent = (text) => text.replace("e-", "e−").replace("e+", "e");

// A share from 0 to 1.
export const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

// How good a network is: R² of a regression, else the share of right answers; null is not known.
export const scoreText = (score, regression) =>
  score === null ? "–" : regression ? score.toFixed(3) : percent(score);

// 124 -> 000,124: as wide until 999,999.
export const epochText = (epoch) => String(epoch).padStart(6, "0").replace(/(\d)(?=(\d{3})+$)/g, "$1,");

// Writes only what is new: every write costs a layout.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setHTML(element, html) {
  if (element.shown !== html) element.innerHTML = element.shown = html;
}
