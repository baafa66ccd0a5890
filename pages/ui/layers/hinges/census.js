// The census of the network's units, who is dead, since when and why, and the remedies that train again as a
// branch. A part of the board of regions (hinges.js).

import { exponent, setText } from "../../drawing/text.js";

const STATES = {
  awake: "● awake",
  dead: "✕ dead",
  leaky: "◔ leaky side",
  saturated: "◐ saturated",
  held: "■ held",
  unheard: "○ unheard",
};
const NAMED = 10; // dead units that the summary names

export class Census {
  constructor(board) {
    this.board = board;
    this.$ = board.$;
    this.chosen = null; // "layer.unit"
    for (const selector of [".hg-list tbody", ".hg-sum"])
      this.$(selector).onclick = (event) => this.choose(event.target.closest("[data-unit]")?.dataset.unit);
  }

  // A unit "layer.unit", or none where it is chosen already.
  choose(unit) {
    if (!unit) return;
    this.chosen = this.chosen === unit ? null : unit;
    this.board.again();
    if (!this.chosen) return;
    const list = this.$(".hg-units");
    const row = list.querySelector(`tr[data-unit="${unit}"]`);
    list.scrollTop = Math.min(list.scrollTop, row.offsetTop - 28);
    list.scrollTop = Math.max(list.scrollTop, row.offsetTop + row.offsetHeight - list.clientHeight);
  }

  // Of every unit [layer, unit, share of the data on which it is active, state, epoch of its death or null,
  // size of its gradient, what may be the cause].
  show(census, { outcome, reruns, branches }) {
    this.showSummary(census);
    this.showUnits(census);
    this.showCause(census);
    this.$(".hg-outcome").textContent = outcome;
    this.showReruns(reruns);
    this.showBranches(branches);
  }

  showSummary(census) {
    const of = (state) => census.filter((row) => row[3] === state);
    const [dead, saturated, leaky] = [of("dead"), of("saturated"), of("leaky")];
    const names = dead.map(([layer, unit]) => `${layer}.${unit}`);
    const key = [census.length, saturated.length, leaky.length, names].join();
    if (this.summed === key) return;
    this.summed = key;
    const words = document.createElement("span");
    words.textContent = census.length
      ? `${dead.length} of ${census.length} units dead` +
        (saturated.length ? `, ${saturated.length} saturated` : "") +
        (leaky.length ? `, ${leaky.length} on the leaky side` : "")
      : "No hidden layers: there are no units to count.";
    const buttons = names.slice(0, NAMED).map((name) => {
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        textContent: name.replace(".", "·"),
        title: "Show this unit",
      });
      button.dataset.unit = name;
      return button;
    });
    const more = names.length > NAMED ? [`and ${names.length - NAMED} more`] : [];
    this.$(".hg-sum").replaceChildren(words, ...buttons, ...more);
  }

  showUnits(census) {
    const body = this.$(".hg-list tbody");
    while (body.rows.length > census.length) body.deleteRow(-1);
    while (body.rows.length < census.length) {
      const row = body.insertRow();
      row
        .insertCell()
        .append(Object.assign(document.createElement("button"), { type: "button", title: "Show this unit's hinge" }));
      for (let i = 1; i < 6; i++) row.insertCell();
    }
    census.forEach(([layer, unit, active, state, died, gradient, cause], i) => {
      const row = body.rows[i];
      const name = `${layer}.${unit}`;
      Object.assign(row.dataset, { unit: name, state });
      row.toggleAttribute("data-chosen", name === this.chosen);
      const epoch = died === null ? (state === "dead" ? "…" : "") : died.toLocaleString("en");
      const texts = [
        `${layer} · ${unit}`,
        `${Math.round(100 * active)} %`,
        STATES[state],
        epoch,
        gradient === 0 ? "0" : exponent(gradient.toExponential(1)),
        cause,
      ];
      texts.forEach((text, k) => {
        setText(k ? row.cells[k] : row.cells[k].firstElementChild, text);
      });
    });
  }

  // Of the unit that was chosen, or else of the first dead one.
  showCause(census) {
    const row =
      census.find(([layer, unit]) => `${layer}.${unit}` === this.chosen) ??
      census.find((each) => each[3] === "dead");
    this.$(".hg-cause").textContent = row ? `${row[0]}·${row[1]}: ${row[6] || "awake, its gradient flows."}` : "";
  }

  showReruns(reruns) {
    const group = this.$(".hg-reruns");
    if (group.children.length === 1) {
      for (const [name, title] of reruns) {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: title });
        button.dataset.remedy = name;
        button.onclick = () => this.board.send("rerun", name);
        group.append(button);
      }
    }
    reruns.forEach(([, , whyNot], i) =>
      Object.assign(group.children[i + 1], {
        disabled: Boolean(whyNot),
        title: whyNot || "Trains again from epoch 0 to the epoch on screen, as a branch",
      }),
    );
  }

  showBranches({ current, titles }) {
    const key = JSON.stringify([current, titles]);
    if (this.branches === key) return;
    this.branches = key;
    const group = this.$(".hg-branches");
    group.replaceChildren();
    if (Object.keys(titles).length < 2) return;
    group.append(Object.assign(document.createElement("span"), { textContent: "Branches" }));
    for (const [letter, title] of Object.entries(titles)) {
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        textContent: letter,
        title: `Branch ${letter}: ${title}`,
      });
      button.setAttribute("aria-pressed", letter === current);
      button.onclick = () => this.board.send("switch", letter);
      group.append(button);
    }
    const close = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: "×",
      title: `Close branch ${current}`,
    });
    close.setAttribute("aria-label", close.title);
    close.onclick = () => this.board.send("close", current);
    group.append(close);
  }
}
