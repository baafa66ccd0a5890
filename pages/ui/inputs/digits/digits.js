// The board of handwritten digits: training, and four views of what was learned. Every picture and
// number is the server's; here they are placed.

import { percent } from "../../drawing/text.js";
import { fill } from "./parts.js";
import { AscentView, AttackView, LearnedView, SurveyView } from "./views.js";
import { mountSandbox } from "../../sandbox/sandbox.js";

export default (component) => mountSandbox(component, DigitsBoard);

class DigitsBoard {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    this.views = {
      learned: new LearnedView(sandbox),
      attack: new AttackView(sandbox),
      ascent: new AscentView(sandbox),
      survey: new SurveyView(sandbox),
    };
    for (const verb of ["reset", "step"]) this.$(`.dg-${verb}`).onclick = () => sandbox.wire.send(verb);
    this.$(".dg-play").onclick = () => sandbox.wire.send(this.playing ? "pause" : "play");
    this.$(".dg-seed").onclick = () => sandbox.set({ seed: (sandbox.settings.seed + 1) % 1000 });
    this.$("[name=units]").onchange = (event) => sandbox.set({ units: Number(event.target.value) });
    this.tabs = [...sandbox.root.querySelectorAll("[role=tab]")];
    this.tabs.forEach((tab, i) => {
      tab.onclick = () => sandbox.set({ view: tab.dataset.view });
      tab.onkeydown = ({ key }) => {
        const next = this.tabs[i + { ArrowLeft: -1, ArrowRight: 1 }[key]];
        next?.focus();
        next?.click();
      };
    });
  }

  start() {
    const { goal, activations } = this.sandbox.data;
    this.$(".dg-track b").style.left = `${100 * goal}%`;
    fill(this.$("[name=activation]"), activations);
    for (const view of Object.values(this.views)) view.start?.();
    this.sandbox.showSettings();
  }

  draw(frame) {
    const { settings, training } = frame.header;
    const { history } = frame.blobs;
    this.settings = settings;
    this.showTraining(training);
    this.$("[name=units]").value = settings.units;
    for (const tab of this.tabs) {
      const here = tab.dataset.view === settings.view;
      tab.setAttribute("aria-selected", here);
      tab.tabIndex = here ? 0 : -1;
    }
    for (const panel of this.sandbox.root.querySelectorAll("[role=tabpanel]"))
      panel.hidden = panel.dataset.view !== settings.view;
    for (const label of this.sandbox.root.querySelectorAll("[data-norm]"))
      label.hidden = label.dataset.norm !== settings.norm;
    this.sandbox.colours = this.sandbox.data.colours[settings.theme];
    if (history) this.views.learned.keep(history);
    this.views[settings.view].draw(frame);
  }

  showTraining({ playing, epoch, over, test }) {
    // What a link carries follows when the network comes to rest, or has been set back or forward.
    if (this.playing !== undefined && !playing && (this.playing || this.epoch !== epoch)) this.sandbox.commit();
    Object.assign(this, { playing, epoch });
    const { goal, lastEpoch } = this.sandbox.data;
    const button = this.$(".dg-play");
    button.querySelector("span").textContent = over ? "Trained" : playing ? "Pause" : "Train";
    const titles = { play: "Train on, until Pause", step: "Train to the end of an epoch" };
    for (const [name, title] of Object.entries(titles)) {
      const each = this.$(`.dg-${name}`);
      each.disabled = over;
      each.title = over ? `Epoch ${lastEpoch} is the last; Reset begins again` : title;
    }
    this.$(".dg-epoch").value = `${epoch} of ${lastEpoch}`;
    this.$(".dg-test").value = percent(test);
    this.$(".dg-reached").hidden = test < goal;
    this.$(".dg-reached").textContent = `✓ ${100 * goal} % reached`;
    this.$(".dg-track i").style.width = `${100 * test}%`;
    this.$(".dg-track").setAttribute("aria-valuenow", (100 * test).toFixed(1));
    Object.assign(this.sandbox.root.dataset, { epoch, test });
  }
}
