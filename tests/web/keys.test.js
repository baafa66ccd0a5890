// The keyboard: which keys are ours, and when a control or a dialog needs them for itself.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { JUMP, listenToKeys } from "../../pages/ui/live/keys.js";
import { happened, listening } from "./page.js";

let [page, dialog] = [null, null];
beforeEach(() => {
  page = listening();
  dialog = null;
  Object.assign(globalThis, { window: page, document: { querySelector: () => dialog } });
});

// What has the focus: `closest` finds it by any of these names.
const focused = (...names) => ({ closest: (selector) => names.some((name) => selector.split(", ").includes(name)) });

// A view that notes what keys do to it.
function view() {
  const did = [];
  const button = { click: () => did.push("step") };
  return { did, playing: false, transport: (verb) => did.push(verb), $: () => button,
    timeline: { move: (epochs) => did.push(epochs) } };
}

function press(key, more = {}) {
  const event = happened({ key, target: focused(), ...more });
  page.tell("keydown", event);
  return event;
}

for (const [key, more, done] of [
  [" ", {}, ["play"]],
  ["s", {}, ["step"]],
  ["S", {}, ["step"]],
  ["r", {}, ["reset"]],
  ["z", {}, ["undo"]],
  ["ArrowLeft", {}, [-1]],
  ["ArrowRight", { shiftKey: true }, [JUMP]],
  ["ArrowLeft", { shiftKey: true, repeat: true }, [-JUMP]],
  ["s", { repeat: true }, ["step"]],
  ["r", { repeat: true }, []],
  ["x", {}, []],
  ["r", { ctrlKey: true }, []],
  ["s", { metaKey: true }, []],
  ["s", { altKey: true }, []],
  ["s", { defaultPrevented: true }, []],
]) {
  test(`${JSON.stringify(key)} ${JSON.stringify(more)} does ${JSON.stringify(done)}`, () => {
    const seen = view();
    listenToKeys(seen);
    press(key, more);
    assert.deepEqual(seen.did, done);
  });
}

test("space pauses what plays", () => {
  const seen = { ...view(), playing: true };
  listenToKeys(seen);
  press(" ");
  assert.deepEqual(seen.did, ["pause"]);
});

test("a key of ours is kept from Streamlit, another one is not", () => {
  listenToKeys(view());
  for (const [key, calls] of [["r", 1], ["c", 0]]) {
    const event = press(key);
    assert.equal(event.stopImmediatePropagation.mock.callCount(), calls);
    assert.equal(event.preventDefault.mock.callCount(), calls);
  }
});

for (const [key, name, calls] of [
  ["s", "textarea", 0],
  ["s", "button", 1],
  [" ", "button", 0],
  [" ", "input", 0],
  ["ArrowLeft", "[role=slider]", 0],
  ["ArrowLeft", "button", 1],
  ["s", "[role=combobox]", 0],
]) {
  test(`${JSON.stringify(key)} in ${name} is ${calls ? "ours" : "its own"}`, () => {
    const action = mock.fn();
    listenToKeys(view(), { [key]: action });
    press(key, { target: focused(name) });
    assert.equal(action.mock.callCount(), calls);
  });
}

test("while a dialog is open only ? is ours", () => {
  const [letter, help] = [mock.fn(), mock.fn()];
  listenToKeys(view(), { s: letter, "?": help });
  dialog = {};
  press("s");
  press("?");
  assert.deepEqual([letter.mock.callCount(), help.mock.callCount()], [0, 1]);
});

test("who has stopped listening hears nothing", () => {
  const action = mock.fn();
  listenToKeys(view(), { s: action })();
  press("s");
  assert.equal(action.mock.callCount(), 0);
  assert.equal(page.listeners.size, 0);
});
