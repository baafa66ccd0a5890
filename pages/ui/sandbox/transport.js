// Training the viewer's network from any page that shows it: Reset, Play, Step and the timeline.
// A board makes one in `.tr` and hands it every frame's header.

import { JUMP } from "../live/keys.js";

const PLAY = "M4 2.5v11l9-5.5z";
const PAUSE = "M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z";
const TRANSPORT = `
  <div class="tr-buttons" role="toolbar" aria-label="Training">
    <button type="button" class="tr-reset"
      title="Back to epoch 0 with the same initial weights; branches and edits are dropped (r)">Reset</button>
    <button type="button" class="tr-play" title="Train on and on, until Pause (space)"><svg
      viewBox="0 0 16 16" aria-hidden="true"><path fill="currentColor"/></svg><span></span></button>
    <button type="button" class="tr-step" title="One epoch on (s)">Step</button>
  </div>
  <label class="tr-time" title="Every epoch so far: drag to look at an earlier one (← →)"><span>Epoch
    <output></output></span><input type="range" data-own min="0" step="1" aria-label="Epoch to look at"></label>
  <p class="tr-about" title="The network that you train on the Playground"></p>`;

export class Transport {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.root = sandbox.$(".tr");
    this.root.innerHTML = TRANSPORT;
    this.$ = (selector) => this.root.querySelector(selector);
    this.input = this.$("input");
    this.drags = sandbox.newDragSender(({ epoch }) => sandbox.wire.send("visit", epoch));
    const follow = () => this.visit(Number(this.input.value));
    this.drags.bind(this.input, "epoch", follow, () => (follow(), sandbox.commit()));
    this.$(".tr-play").onclick = () => this.send(this.playing ? "pause" : "play");
    for (const verb of ["reset", "step"]) this.$(`.tr-${verb}`).onclick = () => this.send(verb);
    sandbox.useKeys(this, {
      " ": () => this.$(".tr-play").click(),
      s: () => this.send("step"),
      r: () => this.send("reset"),
      ArrowLeft: (_, event) => this.move(event.shiftKey ? -JUMP : -1),
      ArrowRight: (_, event) => this.move(event.shiftKey ? JUMP : 1),
    });
  }

  send(verb) {
    this.sandbox.wire.send(verb);
    this.sandbox.commit();
  }

  move(epochs) {
    this.input.value = Number(this.input.value) + epochs;
    this.visit(Number(this.input.value));
    this.sandbox.commit();
  }

  visit(epoch) {
    this.showEpoch(epoch);
    this.drags.wish({ epoch });
  }

  show({ training: { playing, epoch, newest, about } }) {
    this.playing = playing;
    this.$(".tr-play span").textContent = playing ? "Pause" : "Play";
    this.$(".tr-play path").setAttribute("d", playing ? PAUSE : PLAY);
    this.$(".tr-about").textContent = about;
    this.sandbox.root.dataset.epoch = epoch;
    if (this.drags.holds("epoch")) return;
    this.input.max = newest;
    this.input.value = epoch;
    this.showEpoch(epoch);
  }

  showEpoch(epoch) {
    const words = `${epoch.toLocaleString("en")} of ${Number(this.input.max).toLocaleString("en")}`;
    this.$("output").value = words;
    this.input.setAttribute("aria-valuetext", `epoch ${words}`);
  }
}
