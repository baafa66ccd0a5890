// Numbers as people read them: a true minus, always as wide, nothing that is 0 and is not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { allDigits, numeral, sizeWords, tintOf } from "../../pages/ui/backprop/matrix.js";
import { shortLoss } from "../../pages/ui/compare/card.js";
import { edgeWidth, ranked } from "../../pages/ui/playground/edges.js";
import { percent } from "../../pages/ui/inputs/digits/parts.js";
import { roundUp } from "../../pages/ui/playground/loss_chart.js";
import { inFigure } from "../../pages/ui/drawing/plotly.js";
import {
  bracketed, epochText, exponent, fixed, fourDecimals, minus, percent as plainPercent, scoreText,
} from "../../pages/ui/drawing/text.js";
import { signed as signedTick, tickText } from "../../pages/ui/layers/panels.js";
import { short, signed, small } from "../../pages/ui/functions/softmax.js";

// Every line is one test: a function, what it is given, what it answers.
const CASES = [
  [fixed, [0.125], "\u20070.13"],
  [fixed, [-1.5], "−1.50"],
  [fixed, [0], "\u20070.00"],
  [fixed, [0.004], "\u20074e−3"],
  [fixed, [0.005], "\u20070.01"],
  [fixed, [-0.00001, 3], "−1e−5"],
  [minus, [-3], "−3"],
  [minus, ["1.5"], "1.5"],
  [exponent, ["1.5e-7"], "1.5e−7"],
  [exponent, ["1.0e+3"], "1.0e3"],
  [plainPercent, [0.98765], "98.8 %"],
  [plainPercent, [0.98765, 0], "99 %"],
  [scoreText, [null, true], "–"],
  [scoreText, [0.98765, true], "0.988"],
  [scoreText, [0.98765, false], "98.8 %"],
  [epochText, [0], "000,000"],
  [epochText, [124], "000,124"],
  [epochText, [1000000], "1,000,000"],
  [bracketed, [-2], "(−2.00)"],
  [bracketed, [2, 1], "2.0"],
  [fourDecimals, [-0.5], "−0.5000"],
  [fourDecimals, [999.99994], "\u2007999.9999"],
  [fourDecimals, [1000], "\u20071.00e+3"],
  [fourDecimals, [NaN], "not finite"],
  [fourDecimals, [-Infinity], "not finite"],
  [numeral, [0], "0"],
  [numeral, ["nan"], "nan"],
  [numeral, [-1.25], "−1.250"],
  [numeral, [0.0004], "4.0e−4"],
  [numeral, [0.0005], "0.001"],
  [numeral, [999.5], "999.500"],
  [numeral, [1000], "1.0e3"],
  [allDigits, [-1.5e-7], "−1.5e−7"],
  [sizeWords, [[3, 1]], "3 × 1"],
  [signed, [-0.04, 1], "0.0"],
  [signed, [-0.06, 1], "−0.1"],
  [short, [12.3456], "12.35"],
  [short, [0.00099], "9.9·10<sup>−4</sup>"],
  [short, [10000], "1.0·10<sup>4</sup>"],
  [small, [0.0001], "0.0001"],
  [small, [0.000099], "9.90·10<sup>−5</sup>"],
  [shortLoss, [null], "inf"],
  [shortLoss, [0], "0.0000"],
  [shortLoss, [0.00005], "5.0e-5"],
  [shortLoss, [100], "1.00e+2"],
  [percent, [0.98765], "98.8\u00a0%"],
  [percent, [0.9996], ">\u00a099.9\u00a0%"],
  [percent, [0.0004], "<\u00a00.1\u00a0%"],
  [signedTick, [-0.001], "−1e−3"],
  [signedTick, [12345], "1e+4"],
  [signedTick, [0], "0.00"],
  [tickText, [-0.30000000000000004], "−0.3"],
  [roundUp, [0], 10],
  [roundUp, [10], 10],
  [roundUp, [11], 12],
  [roundUp, [801], 1000],
  [roundUp, [1000], 1000],
  [roundUp, [2600], 3000],
  [edgeWidth, [0], 0.8],
  [edgeWidth, [100], 7],
  [ranked, [Float32Array.of(1, -3, 2), 1], 3],
  [ranked, [Float32Array.of(1, -3, 2), 3], 1],
  [tintOf, [["a", "b", "c"], 5, 1], "c"],
  [tintOf, [["a", "b", "c"], -0.9, 1], "a"],
  [tintOf, [["a", "b", "c"], "nan", 1], "b"],
  [tintOf, [["a", "b", "c"], 1, 0], "b"],
  [inFigure, ["a<b>%{c}&d"], "a&#60;b&#62;&#37;&#123;c&#125;&#38;d"],
];

for (const [work, given, answer] of CASES) {
  const shown = (value) => (ArrayBuffer.isView(value) ? `[${value}]` : JSON.stringify(value) ?? String(value));
  test(`${work.name}(${given.map(shown).join(", ")}) is ${shown(answer)}`, () => assert.equal(work(...given), answer));
}
