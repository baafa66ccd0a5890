// A sandbox on the page: controls that carry a setting's name, and a board that draws what the
// server computed from them.
//
// A board is made with its Sandbox; it has draw({header, blobs}), and may have start(), called once
// when plotly.js is there, themed(), called when the page's theme has changed, and end().

import { loadPlotly } from "../drawing/plotly.js";
import { minus } from "../drawing/text.js";
import { mount, Shell } from "../live/shell.js";

// What a board's file exports by default calls this.
export const mountSandbox = (component, Board) => mount(component, (root) => new Sandbox(root, Board));

class Sandbox extends Shell {
  constructor(root, Board) {
    super(root);
    this.board = new Board(this);
    this.bind(root);
  }

  start() {
    loadPlotly(this.data.plotly).then(() => this.gone || this.board.start?.());
  }

  end() {
    this.board.end?.();
  }

  sendDragged(changes) {
    return this.wire.send("set", changes);
  }

  // Every named control below an element is a setting: a range answers while it is dragged.
  bind(element) {
    for (const control of element.querySelectorAll("input[name], select[name]")) {
      if (control.dataset.own !== undefined) continue; // the board sees to it itself
      const follow = () => {
        this.drags.wish({ [control.name]: readControl(control) });
        this.showText(control);
      };
      const rest = () => {
        follow();
        this.commit();
      };
      if (control.type === "range") this.drags.bind(control, control.name, follow, rest);
      else control.onchange = rest;
    }
  }

  // A change that no control of its own stands for.
  set(changes) {
    this.drags.wish(changes);
    Object.assign(this.settings ?? {}, changes); // the next click builds on it
    this.commit();
  }

  // What the server computes with counts, wherever no hand is.
  showSettings() {
    for (const control of this.root.querySelectorAll("input[name], select[name]")) {
      if (control.dataset.own !== undefined || !(control.name in (this.settings ?? {}))) continue;
      if (!this.drags.holds(control.name)) showControl(control, this.settings[control.name]);
      this.showText(control);
    }
  }

  // A setting called theme follows the page's; a board may draw anew.
  followTheme() {
    const { theme } = this;
    if ((this.settings?.theme ?? theme) !== theme) this.drags.wish({ theme });
    if (this.drawnTheme && this.drawnTheme !== theme) this.board.themed?.();
    this.drawnTheme = theme;
  }

  async draw(frame) {
    const { settings, problem } = frame.header;
    this.settings = { ...settings, ...this.drags.ahead };
    this.followTheme();
    this.showSettings();
    if (problem !== this.said) this.say((this.said = problem));
    await this.board.draw(frame);
    if (this.gone) return;
    this.root.dataset.frames = Number(this.root.dataset.frames || 0) + 1;
  }

  // The number beside a range.
  showText(control) {
    const output = control.type === "range" && control.closest("label")?.querySelector("output");
    if (output) output.value = minus(Number(control.value).toFixed(Number(control.dataset.digits ?? 2)));
  }
}

function readControl(control) {
  if (control.type === "checkbox") return control.checked;
  return control.type === "range" || control.type === "number" ? Number(control.value) : control.value;
}

function showControl(control, value) {
  if (control.type === "checkbox") control.checked = value;
  else if (control.type === "radio") control.checked = control.value === String(value);
  else control.value = value;
}
