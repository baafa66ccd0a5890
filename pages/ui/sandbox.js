// A sandbox on the page: controls that carry a setting's name, and a board that draws what the
// server computed from them. Read together with wire.js and the board's own file.
//
// A board is made with its Sandbox; it has draw({header, blobs}), and may have start(), called once
// when plotly.js is there, theme(isDark) and end().

const sandboxes = new WeakMap();

// What a board's file exports by default calls this.
function mountSandbox(component, Board) {
  const root = component.parentElement.querySelector(".pg");
  let sandbox = sandboxes.get(root);
  if (!sandbox) sandboxes.set(root, (sandbox = new Sandbox(root, Board)));
  sandbox.update(component);
  return () => setTimeout(() => root.isConnected || sandbox.destroy(), 0);
}

class Sandbox {
  constructor(root, Board) {
    this.root = root;
    this.$ = (selector) => root.querySelector(selector);
    this.serial = 0;
    this.hand = new Hand((changes) => this.wire.send("set", changes));
    this.wire = new Wire({
      opened: () => {},
      draw: (frame) => this.draw(frame),
      say: (text) => this.say(text),
    });
    this.board = new Board(this);
    this.bind(root);
    this.$(".pg-message button").onclick = () => this.say("");
  }

  update({ data, setStateValue }) {
    const moved = this.data?.token !== data.token;
    Object.assign(this, { data, setStateValue });
    if (moved) {
      plotly(data.plotly).then(() => this.gone || this.board.start?.());
      this.wire.connect(data);
    }
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.quiet);
    this.wire.close();
    this.board.end?.();
  }

  // Every named control below an element is a setting: a range answers while it is dragged.
  bind(element) {
    for (const control of element.querySelectorAll("input[name], select[name]")) {
      if (control.dataset.own !== undefined) continue; // the board sees to it itself
      const follow = () => {
        this.hand.wish({ [control.name]: readControl(control) });
        this.showText(control);
      };
      if (control.type === "range") this.hand.bind(control, control.name, follow, () => (follow(), this.commit()));
      else control.onchange = () => (follow(), this.commit());
    }
  }

  // A change that no control of its own stands for.
  set(changes) {
    this.hand.wish(changes);
    this.commit();
  }

  // The page's link follows once a moment of quiet has come.
  commit() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.gone || this.setStateValue("committed", ++this.serial), 300);
  }

  async draw(frame) {
    const { settings, problem } = frame.header;
    this.settings = settings;
    for (const control of this.root.querySelectorAll("input[name], select[name]")) {
      if (control.dataset.own !== undefined || !(control.name in settings)) continue;
      if (this.hand.holds !== control.name) showControl(control, settings[control.name]);
      this.showText(control);
    }
    if (problem !== this.said) this.say((this.said = problem));
    await this.board.draw(frame);
    this.root.dataset.frames = Number(this.root.dataset.frames || 0) + 1;
  }

  // The number beside a range.
  showText(control) {
    const output = control.type === "range" && control.closest("label")?.querySelector("output");
    if (output) output.value = Number(control.value).toFixed(Number(control.dataset.digits ?? 2));
  }

  say(text) {
    this.$(".pg-message").hidden = !text;
    this.$(".pg-message span").textContent = text;
  }

  get isDark() {
    return isDark(getComputedStyle(this.root).getPropertyValue("--st-background-color").trim());
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
