// Copy link: the address that opens what is on screen.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { View } from "../../pages/ui/playground/playground.js";

// What a view with this epoch copies; where there is no clipboard it says the link.
function linkAt(epoch, query = "dataset=xor&hidden=4.tanh", href = "https://school.example/nn/?old=1#top") {
  globalThis.location = { href };
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  const view = { data: { query, maxEpochs: 10_000 }, epoch, say: mock.fn(), $: () => ({}) };
  View.prototype.copyLink.call(view);
  return view.say.mock.calls.map((call) => call.arguments[0]);
}

test("a link has the page's settings and the epoch on screen, and nothing of the old query", () => {
  const [said] = linkAt(124);
  assert.equal(said, "https://school.example/nn/?dataset=xor&hidden=4.tanh&epoch=124#top");
});

test("a link from an untouched page has the epoch alone", () => {
  assert.deepEqual(linkAt(0, ""), ["https://school.example/nn/?epoch=0#top"]);
});

test("a link replaces the epoch that the settings speak of", () => {
  assert.equal(new URL(linkAt(9, "epoch=3&x=1")[0]).searchParams.getAll("epoch").join(), "9");
});

test("beyond what a link may train it opens at the last epoch that it may, and that is said", () => {
  const [warning, said] = linkAt(10_001);
  assert.match(warning, /10000 at most/);
  assert.equal(new URL(said).searchParams.get("epoch"), "10000");
  assert.equal(linkAt(10_000).length, 1);
});
