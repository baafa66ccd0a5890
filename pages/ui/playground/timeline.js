// The timeline: every epoch of the run, and the branches, up to four futures side by side. A part of the
// live view (playground.js).

import { JUMP } from "../live/keys.js";
import { LETTERS } from "./loss_chart.js";

export class Timeline {
  constructor(view) {
    this.view = view;
    this.input = view.$("[name=timeline]");
    this.drags = view.newDragSender(({ epoch }) => view.send("visit", epoch));
    const visit = () => this.visit(Number(this.input.value));
    this.drags.bind(this.input, "epoch", visit, () => this.rest());
    this.input.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way || !event.shiftKey) return; // without shift the slider does it itself
      event.preventDefault();
      this.move(way * JUMP);
    };
    this.buildBranches();
  }

  visit(epoch) {
    this.showEpoch(epoch, Number(this.input.max));
    this.drags.wish({ epoch });
  }

  rest() {
    this.view.root.classList.add("pg-used");
    this.view.commit();
  }

  move(epochs) {
    const now = this.drags.ahead.epoch ?? this.view.epoch ?? 0;
    const epoch = Math.min(Math.max(0, now + epochs), Number(this.input.max));
    this.input.value = epoch;
    this.visit(epoch);
    this.rest();
  }

  show(header) {
    if (!this.drags.holds("epoch")) {
      this.input.max = header.newest;
      this.input.value = header.epoch;
      this.showEpoch(header.epoch, header.newest);
    }
    this.showBranches(header);
    // At full speed the batches would only flicker.
    const batches = header.playing ? header.speed !== null && header.speed <= 2 : header.batch > 0;
    const { example } = header;
    this.view.$(".pg-batch").textContent = example
      ? ` · example ${example.number}/${example.of}`
      : batches
        ? ` · batch ${header.batch}/${header.batches}`
        : header.goal
          ? ` on its way to ${header.goal.toLocaleString("en")}`
          : "";
  }

  showEpoch(epoch, newest) {
    const words = `${epoch.toLocaleString("en")} of ${newest.toLocaleString("en")}`;
    this.view.$(".pg-at").value = words;
    this.input.setAttribute("aria-valuetext", `epoch ${words}`);
  }

  // -------------------------------------------------------------- branches

  buildBranches() {
    const button = (text, action) => {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", textContent: text, hidden: true, onclick: action });
      return made;
    };
    const act = (verb, letter) => {
      this.view.send(verb, letter);
      this.view.commit();
    };
    this.letters = LETTERS.map((letter) => button(letter, () => act("switch", letter)));
    this.closer = button("×", () => act("close", this.current));
    this.view.$(".pg-branches").replaceChildren(...this.letters, this.closer);
  }

  showBranches({ branch, branches }) {
    this.current = branch;
    const several = Object.keys(branches).length > 1;
    const words = several ? `${branch}: ${branches[branch]}` : "";
    const known = JSON.stringify([branch, branches]);
    if (known === this.known) return;
    this.known = known;
    this.letters.forEach((button, i) => {
      const letter = LETTERS[i];
      button.hidden = !several || !(letter in branches);
      button.title = `Branch ${letter}: ${branches[letter] ?? ""}`;
      button.setAttribute("aria-label", `Branch ${letter}`);
      button.setAttribute("aria-pressed", letter === branch);
    });
    this.closer.hidden = !several;
    this.closer.title = `Close branch ${branch}: its future is dropped`;
    this.closer.setAttribute("aria-label", `Close branch ${branch}`);
    const box = this.view.$(".pg-difference");
    box.textContent = box.title = words;
  }
  // Each letter is underlined in the colour that its branch has in the loss chart.
  colourBranches(colours) {
    this.letters.forEach((button, i) => (button.style.borderBottomColor = colours[i]));
  }
}
