// The softmax sandbox's board: a slider for each logit, bars, the Jacobian, the NLL. The numbers
// are the server's; here they are only written and drawn.

import { minus } from "../drawing/text.js";
import { mountSandbox } from "../sandbox/sandbox.js";

export default (component) => mountSandbox(component, SoftmaxBoard);

const [LEAST, MOST] = [2, 8]; // classes
const STRIP = 12; // what the strip of a Z shows, on either side of 0

class SoftmaxBoard {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    this.logits = [];
    const temperature = this.$("[name=temperature]");
    const follow = () => {
      const value = Number((10 ** (temperature.value / 100)).toPrecision(3));
      this.showTemperature(value);
      sandbox.drags.wish({ temperature: value });
    };
    sandbox.drags.bind(temperature, "temperature", follow, () => (follow(), sandbox.commit()));
    this.$(".sm-add").onclick = () => sandbox.set({ logits: (this.logits = [...this.logits, 0]) });
    this.$(".sm-remove").onclick = () => {
      const logits = (this.logits = this.logits.slice(0, -1));
      sandbox.set({ logits, chosen: Math.min(sandbox.settings.chosen, logits.length) });
    };
    this.$(".sm-lecture").onclick = () => sandbox.set(sandbox.data.defaults);
  }

  draw({ header: { settings }, blobs: { numbers } }) {
    if (settings.logits.length !== this.rows?.length) this.build(settings.logits.length);
    this.logits = this.sandbox.settings.logits; // with what no frame knows yet
    this.showTemperature(settings.temperature);
    const { drags } = this.sandbox;
    if (!drags.holds("temperature")) this.$("[name=temperature]").value = 100 * Math.log10(settings.temperature);
    this.rows.forEach((row, i) => this.drawRow(row, i, settings, numbers));
    this.drawJacobian(numbers);
    this.drawFormulas(settings, numbers);
    this.$(".sm-scale i").style.background = `linear-gradient(to right, ${numbers.scale})`;
    this.$(".sm-shift").textContent = numbers.shiftWords;
    this.$(".sm-add").disabled = settings.logits.length === MOST;
    this.$(".sm-remove").disabled = settings.logits.length === LEAST;
  }

  showTemperature(value) {
    const slider = this.$("[name=temperature]");
    slider.closest("label").querySelector("output").value = value < 1 ? value.toFixed(2) : value.toPrecision(3);
    slider.setAttribute("aria-valuetext", String(value));
  }

  // -------------------------------------------------------------- rows of logits

  build(classes) {
    this.rows = Array.from({ length: classes }, (_, i) => this.buildRow(i));
    this.$(".sm-rows").replaceChildren(...this.rows.map((row) => row.root));
    const table = this.$(".sm-jacobian");
    const names = Array.from({ length: classes }, (_, i) => sub("Z", i));
    const head = `<tr><th></th>${names.map((name) => `<th scope="col">${name}</th>`).join("")}` +
      `<th scope="col">sum</th></tr>`;
    const cells = "<td></td>".repeat(classes);
    const body = names.map((_, i) => `<tr><th scope="row">${sub("g", i)}</th>${cells}<td class="sm-sum"></td></tr>`);
    table.innerHTML = head + body.join("");
    this.cells = [...table.querySelectorAll("tr:not(:first-child)")].map((row) => [...row.querySelectorAll("td")]);
  }

  buildRow(i) {
    const { colours, signs } = this.sandbox.data;
    const root = document.createElement("div");
    root.className = "sm-row";
    root.style.setProperty("--class", colours[i]);
    root.innerHTML = `
      <span class="sm-class"><b aria-hidden="true">${signs[i]}</b> ${i + 1}</span>
      <input type="range" data-own min="-10" max="10" step="0.1" aria-label="Logit of class ${i + 1}">
      <output class="sm-z"></output>
      <span class="sm-strip" aria-hidden="true"><i></i></span>
      <output class="sm-Z"></output>
      <button type="button" class="sm-bar-of"><i></i></button>
      <output class="sm-g"></output>
      <output class="sm-error"></output>`;
    const part = (name) => root.querySelector(name);
    const row = {
      root, slider: part("input"), z: part(".sm-z"), mark: part(".sm-strip i"), Z: part(".sm-Z"),
      button: part("button"), bar: part("button i"), g: part(".sm-g"), error: part(".sm-error"),
    };
    const { drags } = this.sandbox;
    const follow = () => {
      this.logits = this.logits.with(i, Number(row.slider.value));
      row.z.value = signed(this.logits[i], 1);
      drags.wish({ logits: this.logits });
    };
    drags.bind(row.slider, `logit${i}`, follow, () => (follow(), this.sandbox.commit()));
    row.button.onclick = () => this.sandbox.set({ chosen: i + 1 });
    return row;
  }

  drawRow(row, i, settings, { Z, A, gradient, gradientColours }) {
    const name = `class ${i + 1}`;
    const z = settings.logits[i];
    if (![`logit${i}`, "logits"].some((held) => this.sandbox.drags.holds(held))) {
      row.slider.value = z;
      row.z.value = signed(z, Number.isInteger(z * 10) ? 1 : 2);
    }
    row.slider.setAttribute("aria-valuetext", `z ${z}, probability ${A[i].toFixed(2)}`);
    row.Z.value = signed(Z[i], 2);
    const place = 50 + (50 * Math.max(-STRIP, Math.min(STRIP, Z[i]))) / STRIP;
    row.mark.style.left = `${place}%`;
    row.mark.dataset.beyond = Math.abs(Z[i]) > STRIP ? Math.sign(Z[i]) : "";
    row.bar.style.width = `${100 * A[i]}%`;
    row.g.value = A[i].toFixed(2);
    row.g.title = row.button.title = `g of ${name}: ${A[i]}`;
    row.button.setAttribute("aria-pressed", settings.chosen === i + 1);
    row.button.setAttribute("aria-label", `Class ${i + 1} is the right one: probability ${A[i].toFixed(2)}`);
    row.error.value = signed(gradient[i], 2);
    row.error.title = `g − y of ${name}: ${gradient[i]}`;
    row.error.style.background = gradientColours[i];
  }

  drawJacobian({ jacobian, sums, colours }) {
    jacobian.forEach((row, i) => {
      row.forEach((value, j) => {
        const cell = this.cells[i][j];
        cell.textContent = signed(value, 2);
        cell.title = `∂g${i + 1}/∂Z${j + 1} = ${value}`;
        cell.style.background = colours[i][j];
      });
      const sum = this.cells[i].at(-1);
      sum.textContent = signed(sums[i], 2);
      sum.title = String(sums[i]);
    });
    const most = Math.max(...sums.map(Math.abs));
    const exactly = most === 0 ? "exactly" : `up to float64's rounding, ${minus(most.toExponential(0))}`;
    this.$(".sm-sums").textContent =
      `Every row adds up to 0 (${exactly}): what one class wins the others lose. So does every column: the matrix is ` +
      `symmetric.`;
  }

  // -------------------------------------------------------------- the formulas with their numbers

  drawFormulas({ chosen }, { exponentials, total, A, nll, gradient }) {
    const right = chosen - 1;
    const terms = exponentials.map((value, i) => (i === right ? `<b>${short(value)}</b>` : short(value)));
    const g = A[right];
    this.$(".sm-guess").innerHTML =
      `${sub("g", right)} = e<sup>${sub("Z", right)}</sup> / Σ<sub>k</sub> e<sup>Z<sub>k</sub></sup>` +
      ` = <b>${short(exponentials[right])}</b> / (${terms.join(" + ")}) = <b>${short(exponentials[right])}</b> / ` +
      `${short(total)} = <b>${small(g)}</b>`;
    this.$(".sm-nll").innerHTML =
      `NLL of class ${chosen}: L = −log ${sub("g", right)} = −log ${small(g)} = <b>${nll.toFixed(4)}</b>`;
    const vector = gradient.map((value, i) => (i === right ? `<b>${signed(value, 2)}</b>` : signed(value, 2)));
    this.$(".sm-gradient").innerHTML =
      `Its gradient: ∂L/∂Z = g − y = (${vector.join(", ")}), y is 1 for class ${chosen} and 0 for the others; ∂L/∂z ` +
      `is this divided by T`;
  }
}

const sub = (name, i) => `${name}<sub>${i + 1}</sub>`;

// A true minus, and no minus before a zero.
export function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

// Four digits; powers of ten where the number would be long.
export function short(value) {
  return value >= 1e4 || value < 1e-3 ? powers(value, 1) : value.toPrecision(4);
}

export const small = (value) => (value < 1e-4 ? powers(value, 2) : value.toFixed(4));

function powers(value, digits) {
  const [head, power] = value.toExponential(digits).split("e");
  return `${head}·10<sup>${signed(Number(power), 0)}</sup>`;
}
