// The stop rules: when Play ends by itself. A part of the live view (live.js), which it is read
// together with.

class StopRules {
  constructor(view) {
    this.box = view.$(".pg-rules");
    this.fields = [...this.box.querySelectorAll("input, select")];
    this.box.onchange = () => {
      const wrong = this.fields.find((field) => !field.checkValidity());
      if (wrong) return wrong.reportValidity();
      view.send("rules", Object.fromEntries(this.fields.map((field) => [field.name, this.read(field)])));
    };
    this.box.onkeydown = (event) => {
      if (event.key !== "Escape" || !this.box.open) return;
      this.box.open = false;
      this.box.firstElementChild.focus();
    };
  }

  read({ type, value }) {
    if (type !== "number") return value;
    return value === "" ? null : Number(value);
  }

  show(rules) {
    const known = JSON.stringify(rules);
    if (known === this.known || this.box.contains(document.activeElement)) return;
    this.known = known;
    for (const field of this.fields) field.value = rules[field.name] ?? "";
    this.box.classList.toggle("pg-on", [rules.target, rules.patience, rules.epochs].some((rule) => rule !== null));
  }
}
