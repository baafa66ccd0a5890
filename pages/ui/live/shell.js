// The shell that every live view has: its root, its socket, what is dragged, the message, the page's
// theme, keys, and the way to the page (what was committed, the link). Streamlit calls a module's
// default export with every rerun of the page, and the function that it gave back when the page is
// left; a view lives as long as its root.

import { DragSender } from "./drag_sender.js";
import { listenToKeys } from "./keys.js";
import { Wire } from "./wire.js";

const THEME_EVERY = 1000; // ms between two looks at the page's theme: nothing tells of it
const COPIED = 1500; // ms that a button says so

const views = new WeakMap();

// What a module's default export does: `make(root)` makes a Shell, once for each root.
export function mount(component, make) {
  const root = component.parentElement.querySelector(".pg");
  let view = views.get(root);
  if (!view) views.set(root, (view = make(root)));
  view.update(component);
  return () => setTimeout(() => root.isConnected || view.destroy(), 0);
}

export class Shell {
  quiet = 300; // ms without another change, until the page is asked to look
  stopKeys = []; // functions that end listening
  dragSenders = [];
  serial = 0; // of what was committed

  constructor(root) {
    this.root = root;
    this.$ = (selector) => root.querySelector(selector);
    this.drags = this.newDragSender((changes) => this.sendDragged(changes));
    this.wire = new Wire({
      opened: () => this.opened(),
      draw: (frame) => {
        frame.settled = this.dragSenders.filter((drags) => drags.settle(frame.header.heard)).length > 0;
        return this.draw(frame);
      },
      say: (text, remedy) => this.say(text, remedy),
    });
    this.$(".pg-message button").onclick = () => this.say("");
    this.themeTimer = setInterval(() => this.followTheme(), THEME_EVERY);
  }

  // A view has draw({header, blobs, settled}) - `settled`: what was dragged is in this frame now - and
  // sendDragged(changes), which gives the message's number, and as it needs them:
  start() {} // `this.data`, what the page gives, is there for the first time
  viewed() {} // what the server must know to draw, {theme, ...}, or null while there is nothing to see
  end() {} // the page was left

  update({ data, setStateValue, setTriggerValue }) {
    const first = !this.data;
    Object.assign(this, { data, setStateValue, setTriggerValue });
    if (first) this.start();
    this.wire.follow(data, setTriggerValue);
  }

  destroy() {
    this.gone = true;
    clearInterval(this.themeTimer);
    for (const stop of this.stopKeys) stop();
    this.wire.close();
    this.end();
  }

  // Of a part that sends what is dragged in a message of its own.
  newDragSender(send) {
    const drags = new DragSender(send);
    this.dragSenders.push(drags);
    return drags;
  }

  // Keys act on `target` (keys.js) as long as the view is there.
  useKeys(target, keys) {
    this.stopKeys.push(listenToKeys(target, keys));
  }

  // The page's own state (widgets, link) follows what was done here: the socket has told the server
  // what, this only asks the page to look.
  commit() {
    this.wire.tellPage(() => this.setStateValue("committed", ++this.serial), this.quiet);
  }

  // The socket is open: the server knows nothing of this view.
  opened() {
    this.sentView = null;
    for (const drags of this.dragSenders) drags.forget();
    this.sendView();
  }

  // Tells the server what is viewed, where that is another thing than it knows.
  sendView() {
    const view = this.viewed();
    const text = JSON.stringify(view);
    if (!view || text === this.sentView || !this.wire.isOpen) return;
    this.sentView = text;
    this.wire.send("view", view);
  }

  // Once a second, in case that the theme has changed.
  followTheme() {
    this.sendView();
  }

  // A sentence in the message; beside it a button, if there is a remedy [text, what it does].
  say(text, remedy = null) {
    const box = this.$(".pg-message");
    const words = box.querySelector("span");
    box.hidden = !text;
    words.textContent = text;
    box.querySelector(".pg-remedy")?.remove();
    if (!remedy) return;
    const [textContent, onclick] = remedy;
    const button = document.createElement("button");
    words.after(Object.assign(button, { type: "button", className: "pg-remedy", textContent, onclick }));
  }

  // The page's settings as an address, with `more` in its query; where there is no clipboard it is said.
  copyLink(button, more = {}) {
    const url = new URL(location.href);
    url.search = this.data.query;
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    const copied = () => {
      button.textContent = "Copied ✓";
      setTimeout(() => (button.textContent = "Copy link"), COPIED);
    };
    if (navigator.clipboard) navigator.clipboard.writeText(url).then(copied, () => this.say(String(url)));
    else this.say(String(url));
  }

  // -------------------------------------------------------------- the page's theme

  // The colour of the page below the view.
  get paper() {
    return getComputedStyle(this.root).getPropertyValue("--st-background-color").trim() || "#fff";
  }

  get isDark() {
    return isDark(this.paper);
  }

  get theme() {
    return this.isDark ? "dark" : "light";
  }
}

const judged = new Map(); // colours -> whether they are dark: the same one is asked for with every frame

function isDark(colour) {
  if (judged.has(colour)) return judged.get(colour);
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = colour; // whatever its notation, it comes back as #rrggbb
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(pen.fillStyle.slice(i, i + 2), 16));
  judged.set(colour, 0.3 * r + 0.59 * g + 0.11 * b < 128);
  return judged.get(colour);
}
