// The timeline: every epoch of the run, and up to four futures side by side. A part of the live
// view (playground.js).

import { JUMP } from "../live/keys.js";

const LETTERS = ["A", "B", "C", "D"];

export class Timeline {
  constructor(view) {
    this.view = view;
    this.input = view.$("[name=timeline]");
    this.forgetFutures();
    this.wanted = null; // the epoch under the hand: frames on their way must not move the knob
    this.input.oninput = () => this.visit(Number(this.input.value));
    this.input.onchange = () => this.rest();
    this.input.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way || !event.shiftKey) return; // without shift the slider does it itself
      event.preventDefault();
      this.move(way * JUMP);
    };
    this.buildBranches();
  }

  // At most one message per animation frame; the knob stays where the hand put it.
  visit(epoch) {
    const idle = this.wanted === null || this.sent === this.wanted;
    this.wanted = epoch;
    this.showEpoch(epoch, Number(this.input.max));
    if (idle) {
      this.sent = null;
      requestAnimationFrame(() => {
        this.sent = this.wanted;
        if (this.wanted !== null) this.view.send("visit", this.wanted);
      });
    }
  }

  // The hand has let go: soon what the server shows counts again.
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => (this.wanted = null), 400);
    this.view.root.classList.add("pg-used");
    this.view.commit();
  }

  move(epochs) {
    const now = this.wanted ?? this.view.epoch ?? 0;
    const epoch = Math.min(Math.max(0, now + epochs), Number(this.input.max));
    this.input.value = epoch;
    this.visit(epoch);
    this.rest();
  }

  show(header) {
    if (this.wanted === null) {
      this.input.max = header.newest;
      this.input.value = header.epoch;
      this.showEpoch(header.epoch, header.newest);
    }
    this.showBranches(header);
    this.mark(header);
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

  // A line in the loss chart at the epoch on screen, where that is not the newest one.
  mark(header) {
    const line = this.view.$(".pg-now");
    const chart = this.view.$(".pg-loss")._fullLayout;
    const at = chart && chart.xaxis._offset + chart.xaxis.c2p(header.epoch);
    line.hidden =
      !chart ||
      header.epoch >= header.newest ||
      at < chart.xaxis._offset ||
      at > chart.xaxis._offset + chart.xaxis._length;
    if (line.hidden) return;
    Object.assign(line.style, {
      left: `${at - 1}px`,
      top: `${chart.yaxis._offset}px`,
      height: `${chart.yaxis._length}px`,
    });
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

  // A new chart knows of one run only.
  forgetFutures() {
    this.trace = 1; // of the current branch's test loss
    this.longest = 0; // epochs of the other branches
  }

  // The test losses of the other branches; each trace keeps its branch's colour and dash.
  drawFutures({ current, others }) {
    const chart = this.view.$(".pg-loss");
    this.trace = 1 + LETTERS.indexOf(current);
    const several = Object.keys(others).length > 0;
    const of = (letter) => others[letter] ?? [[], []];
    this.longest = Math.max(0, ...Object.values(others).map(([epoch]) => epoch.at(-1)));
    const update = {
      x: LETTERS.map((letter) => of(letter)[0]),
      y: LETTERS.map((letter) => of(letter)[1]),
      visible: LETTERS.map((letter) => letter === current || letter in others),
      "line.width": LETTERS.map((letter) => (letter === current ? 2.5 : 1.5)),
      name: LETTERS.map((letter) => (several ? `test ${letter}` : "test")),
    };
    window.Plotly.restyle(chart, update, [1, 2, 3, 4]);
    window.Plotly.restyle(chart, { name: several ? `train ${current}` : "train" }, [0]);
    this.letters.forEach((button, i) => (button.style.borderBottomColor = chart.data[i + 1].line.color));
  }
}
