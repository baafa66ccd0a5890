// The shell of every live view: made once for a root, the page hears of what was committed, the link, the
// message, the theme, keys; and nothing of it stays when the page is left.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { mount, Shell } from "../../pages/ui/live/shell.js";
import { FakeSocket, happened, listening } from "./page.js";

const DATA = {
  ...{ base: "", token: "a", viewer: "me", plotly: "plotly.js", query: "dataset=xor&hidden=4.tanh" },
  protocol: { keys: ["blobs", "heard", "fault"], forms: {}, several: [] },
};
let paper, clipboard, made;

// Colours as a canvas gives them back: always #rrggbb.
const pen = { fillStyle: "" };
const element = (kind) => (kind === "canvas" ? { getContext: () => pen } : { kind });

beforeEach(() => {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  [paper, clipboard, made] = ["#ffffff", undefined, []];
  FakeSocket.made.length = 0;
  Object.assign(globalThis, {
    WebSocket: FakeSocket,
    location: { href: "https://school.example/nn/?old=1#top" },
    window: listening({ Plotly: {} }),
    document: listening({ createElement: element, head: { append: () => {} }, querySelector: () => null }),
    getComputedStyle: () => ({ getPropertyValue: () => ` ${paper}` }),
    requestAnimationFrame: (action) => action(performance.now()),
  });
  Object.defineProperty(globalThis, "navigator", { get: () => ({ clipboard }), configurable: true });
});

afterEach(() => {
  for (const shell of made) shell.destroy();
  mock.timers.reset();
});

// The root of a view: its message has words, and what stands behind them.
function root() {
  const words = { textContent: "", after: (button) => (message.remedy = button) };
  const message = {
    hidden: true,
    remedy: null,
    querySelector: (part) => (part === "span" ? words : message.remedy && { remove: () => (message.remedy = null) }),
  };
  const button = {};
  const parts = { ".pg-message": message, ".pg-message button": button };
  return { isConnected: true, message, words, button, querySelector: (part) => parts[part] };
}

// A view with a shell, updated once by the page; `theme` is all that the server must know.
function shown({ data = DATA, Kind = Shell } = {}) {
  class View extends Kind {
    viewed() {
      return { theme: this.theme };
    }
  }
  const [on, setStateValue, setTriggerValue] = [root(), mock.fn(), mock.fn()];
  const parentElement = { querySelector: () => on };
  const component = { parentElement, data, setStateValue, setTriggerValue };
  const make = mock.fn((given) => {
    made.push(new View(given));
    return made.at(-1);
  });
  const cleanUp = mount(component, make);
  return { on, shell: made.at(-1), component, make, cleanUp, setStateValue, socket: FakeSocket.made.at(-1) };
}

// -------------------------------------------------------------- as long as its root

test("a rerun of the page meets the view that is there, with the newest data", () => {
  const { component, make, shell } = shown();
  mount({ ...component, data: { ...DATA, query: "dataset=moons" } }, make);
  assert.equal(make.mock.callCount(), 1);
  assert.equal(shell.data.query, "dataset=moons");
});

test("a view starts once, when it has the page's data", () => {
  const started = mock.fn();
  class Starting extends Shell {
    start() {
      started(this.data.token);
    }
  }
  const { component, make } = shown({ Kind: Starting });
  mount(component, make);
  assert.deepEqual(started.mock.calls.map((call) => call.arguments), [["a"]]);
});

test("a clean-up while the root stays ends nothing", () => {
  const { cleanUp, shell } = shown();
  cleanUp();
  mock.timers.tick(1);
  assert.equal(shell.gone, undefined);
});

test("where the root is gone the socket is closed, the view ends and its keys are let go", () => {
  const { cleanUp, on, shell, socket } = shown();
  shell.end = mock.fn();
  shell.useKeys({}, { s: () => {} });
  on.isConnected = false;
  cleanUp();
  mock.timers.tick(1);
  assert.equal(shell.gone, true);
  assert.equal(shell.end.mock.callCount(), 1);
  assert.equal(socket.readyState, 3);
  assert.equal(window.listeners.size, 0);
});

test("keys act on what they were given to", () => {
  const { shell } = shown();
  const [target, act] = [{}, mock.fn()];
  shell.useKeys(target, { s: act });
  window.tell("keydown", happened({ key: "s", target: { closest: () => null } }));
  assert.equal(act.mock.calls[0].arguments[0], target);
});

// -------------------------------------------------------------- what the page and the server hear

test("of changes in a row the page hears once, after a moment of quiet", () => {
  const { shell, setStateValue } = shown();
  shell.commit();
  mock.timers.tick(shell.quiet - 1);
  shell.commit();
  mock.timers.tick(shell.quiet - 1);
  assert.equal(setStateValue.mock.callCount(), 0);
  mock.timers.tick(1);
  assert.deepEqual(setStateValue.mock.calls.map((call) => call.arguments), [["committed", 1]]);
});

test("every commit has a number of its own: the page sees a change", () => {
  const { shell, setStateValue } = shown();
  for (let i = 0; i < 2; i++) {
    shell.commit();
    mock.timers.tick(shell.quiet);
  }
  assert.deepEqual(setStateValue.mock.calls.map((call) => call.arguments[1]), [1, 2]);
});

test("the server is told what is viewed when the socket opens, and again with every socket", () => {
  const { socket } = shown();
  socket.open();
  socket.onopen();
  assert.deepEqual(socket.sent, [{ view: { theme: "light" } }, { view: { theme: "light" } }]);
});

test("another theme of the page is seen within a second, and said once", () => {
  const { shell, socket } = shown();
  socket.open();
  paper = "#0e1117";
  mock.timers.tick(3000);
  assert.deepEqual(socket.sent.filter(({ view }) => view), [{ view: { theme: "light" } }, { view: { theme: "dark" } }]);
  assert.equal(shell.isDark, true);
});

test("a view that has nothing to see says nothing", () => {
  const { shell, socket } = shown();
  shell.viewed = () => null;
  socket.open();
  assert.deepEqual(socket.sent, []);
});

test("where the page has no colour its paper is white", () => {
  paper = "";
  assert.equal(shown().shell.paper, "#fff");
});

// -------------------------------------------------------------- the message

test("a sentence is shown until it is closed", () => {
  const { shell, on } = shown();
  shell.say("A network needs at least one input.");
  assert.deepEqual([on.message.hidden, on.words.textContent], [false, "A network needs at least one input."]);
  on.button.onclick();
  assert.deepEqual([on.message.hidden, on.words.textContent], [true, ""]);
});

test("a remedy is a button beside the sentence, and goes with it", () => {
  const { shell, on } = shown();
  const act = mock.fn();
  shell.say("Lost.", ["Begin anew", act]);
  assert.equal(on.message.remedy.textContent, "Begin anew");
  assert.equal(on.message.remedy.onclick, act);
  shell.say("Found.");
  assert.equal(on.message.remedy, null);
});

// -------------------------------------------------------------- Copy link

const said = (shell, more) => {
  shell.copyLink({}, more);
  return shell.$(".pg-message").querySelector("span").textContent;
};

test("a link has the page's settings and what is on screen, and nothing of the old query", () => {
  assert.equal(
    said(shown().shell, { epoch: 124 }),
    "https://school.example/nn/?dataset=xor&hidden=4.tanh&epoch=124#top",
  );
});

test("a link from an untouched page has no settings", () => {
  assert.equal(said(shown({ data: { ...DATA, query: "" } }).shell), "https://school.example/nn/#top");
});

test("a link replaces the epoch that the settings speak of", () => {
  const { shell } = shown({ data: { ...DATA, query: "epoch=3&x=1" } });
  assert.equal(new URL(said(shell, { epoch: 9 })).searchParams.getAll("epoch").join(), "9");
});

test("what was copied is said by the button, for a moment", async () => {
  clipboard = { writeText: mock.fn(() => Promise.resolve()) };
  const [{ shell, on }, button] = [shown(), { textContent: "Copy link" }];
  shell.copyLink(button);
  await Promise.resolve();
  assert.equal(button.textContent, "Copied ✓");
  assert.equal(on.message.hidden, true);
  mock.timers.tick(1500);
  assert.equal(button.textContent, "Copy link");
});

test("a clipboard that refuses has the link said", async () => {
  clipboard = { writeText: () => Promise.reject(new Error("no permission")) };
  const { shell, on } = shown();
  shell.copyLink({});
  await new Promise(setImmediate);
  assert.match(on.words.textContent, /^https:\/\/school\.example\/nn\/\?dataset=xor/);
});

// -------------------------------------------------------------- frames that do not know the latest yet

function framed(header) {
  const text = new TextEncoder().encode(JSON.stringify({ ...header, blobs: [] }));
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  return { data: bytes.buffer };
}

test("a frame tells a view whether it has what was dragged, of every part that sends", async () => {
  const drawn = [];
  class Drawing extends Shell {
    sendDragged(changes) {
      return this.wire.send("set", changes);
    }

    draw({ settled }) {
      drawn.push([settled, this.drags.ahead, this.visits.ahead]);
    }
  }
  const { shell, socket } = shown({ Kind: Drawing });
  shell.visits = shell.newDragSender(({ epoch }) => shell.wire.send("visit", epoch));
  socket.open(); // the first message says what is viewed
  shell.drags.wish({ noise: 0.2 });
  shell.visits.wish({ epoch: 7 });
  for (const heard of [1, 2, 3]) {
    socket.onmessage(framed({ heard }));
    await new Promise(setImmediate);
  }
  assert.deepEqual(drawn, [
    [false, { noise: 0.2 }, { epoch: 7 }],
    [true, {}, { epoch: 7 }],
    [true, {}, {}],
  ]);
});
