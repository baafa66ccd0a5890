// The stop rules: when Play ends by itself. A part of the live view (playground.js).

export class StopRules {
  constructor(view) {
    this.box = view.$(".pg-rules");
    this.fields = [...this.box.querySelectorAll("input, select")];
    this.box.onchange = () => {
      const wrong = this.fields.find((field) => !field.checkValidity());
      if (wrong) return wrong.reportValidity();
      view.send("rules", Object.fromEntries(this.fields.map((field) => [field.name, this.read(field)])));
    };
    this.onKey = (event) => {
      if (event.key !== "Escape" || !this.box.open) return;
      const inside = this.box.contains(document.activeElement);
      this.box.open = false;
      if (inside) this.box.firstElementChild.focus();
    };
    this.onPress = (event) => this.box.contains(event.target) || (this.box.open = false);
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("pointerdown", this.onPress, true);
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("pointerdown", this.onPress, true);
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
    const on = [
      rules.target !== null && `${rules.target_of} loss ≤ ${rules.target}`,
      rules.patience !== null && `${rules.patience} epochs without a better test loss`,
      rules.epochs !== null && `epoch ${rules.epochs}`,
    ].filter(Boolean);
    this.box.classList.toggle("pg-on", on.length > 0);
    this.box.firstElementChild.title = on.length ? `Play ends at ${on.join(", or at ")}` : "When Play ends by itself";
  }
}
