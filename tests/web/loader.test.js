// The loader: a component's own script, which fetches its module while Streamlit goes on.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import load from "../../pages/ui/live/loader.js";

beforeEach(() => (globalThis.location = { href: import.meta.url }));

// A component on the page whose module answers with what it was given.
const component = (more = {}) => {
  const words = {};
  const message = { hidden: true, firstElementChild: words };
  return {
    words, message,
    data: { module: "data:text/javascript,export default (component) => component" },
    parentElement: { isConnected: true, querySelector: () => message },
    ...more,
  };
};

test("the module is given the component, and its answer is Streamlit's", async () => {
  const given = component();
  assert.equal(await load(given), given);
});

test("whichever import ends last, the module has heard what was said last", async () => {
  globalThis.heard = [];
  const module = "data:text/javascript,export default ({ data }) => heard.push(data.n)";
  const { parentElement } = component();
  const calls = [1, 2, 3].map((n) => load(component({ data: { module, n }, parentElement })));
  await Promise.all(calls);
  assert.deepEqual(globalThis.heard, [3, 3, 3]);
});

test("two components do not hear each other's data", async () => {
  globalThis.heard = [];
  const module = "data:text/javascript,export default ({ data }) => heard.push(data.n)";
  await Promise.all([1, 2].map((n) => load(component({ data: { module, n } }))));
  assert.deepEqual(globalThis.heard.toSorted(), [1, 2]);
});

test("a component that has left the page meanwhile is not begun", async () => {
  const given = component();
  const loading = load(given);
  given.parentElement.isConnected = false;
  assert.equal(await loading, undefined);
});

test("a module that cannot be fetched is said to be missing, without an error", async () => {
  const given = component({ data: { module: "./nowhere.js" } });
  assert.equal(await load(given), undefined);
  assert.equal(given.message.hidden, false);
  assert.match(given.words.textContent, /could not be loaded\. Reload the page/);
});

test("an error in the module's own work is not hidden", async () => {
  const fails = mock.fn(() => Promise.reject(new Error("its own")));
  globalThis.fails = fails;
  const given = component({ data: { module: "data:text/javascript,export default () => fails()" } });
  await assert.rejects(load(given), /its own/);
});
