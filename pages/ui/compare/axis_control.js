// A knob that is varied, and the values that it takes: chosen from those there are, or typed. A part of the
// Compare page.

export class AxisControl {
  constructor(element, view) {
    Object.assign(this, { element, view, name: element.dataset.axis });
    this.select = element.querySelector("select");
    this.values = element.querySelector(".cp-values");
    const knob = this.name === "side" ? "knob" : this.name;
    this.select.onchange = () => view.choose({ [knob]: this.select.value });
  }

  offer(knobs) {
    this.select.replaceChildren(...knobs.map(({ name, title }) => new Option(title, name)));
  }

  send(values) {
    const name = { side: "values", rows: "row_values", columns: "column_values" }[this.name];
    this.view.choose({ [name]: values });
  }

  show({ knob, values, options }, most) {
    this.select.value = knob;
    const key = JSON.stringify([knob, options]);
    if (key !== this.key) this.values.replaceChildren();
    this.key = key;
    if (options.length) this.showChips(values, options);
    else this.showFields(values, most);
  }

  showChips(values, options) {
    const chosen = values.map((value) => value.text);
    options.forEach(({ text, label }, i) => {
      const chip = this.values.children[i] ?? this.values.appendChild(document.createElement("button"));
      Object.assign(chip, { type: "button", textContent: label });
      chip.setAttribute("aria-pressed", chosen.includes(text));
      chip.onclick = () =>
        this.send(chosen.includes(text) ? chosen.filter((other) => other !== text) : [...chosen, text]);
    });
  }

  // One field more than there are values, as long as another one is allowed.
  showFields(values, most) {
    const n = Math.min(values.length + 1, most);
    const place = { side: "", rows: "Rows: ", columns: "Columns: " }[this.name];
    const title = place + this.select.selectedOptions[0].textContent;
    while (this.values.children.length > n) this.values.lastChild.remove();
    for (let i = 0; i < n; i++) {
      const field = this.values.children[i] ?? this.values.appendChild(document.createElement("input"));
      Object.assign(field, { type: "text", inputMode: "decimal", placeholder: "add" });
      field.setAttribute("aria-label", `${title}, value ${i + 1}`);
      if (field !== document.activeElement || !field.dataset.typing) field.value = values[i]?.text ?? "";
      field.oninput = () => (field.dataset.typing = "1");
      field.onchange = () => {
        delete field.dataset.typing;
        field.setAttribute("aria-invalid", "true"); // until the server has taken it
        this.send([...this.values.children].map((each) => each.value.trim()).filter(Boolean));
      };
    }
  }
}
