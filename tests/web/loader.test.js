// The loader: a component's own script, which fetches its module while Streamlit goes on.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import load from "../../pages/ui/loader.js";

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

test("calls that come before the module are all handed on, in their order", async () => {
  globalThis.heard = [];
  const data = { module: "data:text/javascript,export default ({ n }) => heard.push(n)" };
  await Promise.all([1, 2, 3].map((n) => load(component({ data, n }))));
  assert.deepEqual(globalThis.heard, [1, 2, 3]);
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
