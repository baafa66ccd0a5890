// Copy link on the Playground: the address that opens the network at the epoch on screen.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Playground } from "../../pages/ui/playground/playground.js";

// What a view with this epoch says: where there is no clipboard, the link.
function linkAt(epoch) {
  globalThis.location = { href: "https://school.example/nn/?old=1#top" };
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  const data = { query: "dataset=xor&hidden=4.tanh", maxEpochs: 10_000 };
  const view = { data, epoch, say: mock.fn(), $: () => ({}) };
  Playground.prototype.copyLink.call(view);
  return view.say.mock.calls.map((call) => call.arguments[0]);
}

test("a link has the epoch on screen", () => {
  assert.deepEqual(linkAt(124), ["https://school.example/nn/?dataset=xor&hidden=4.tanh&epoch=124#top"]);
});

test("a link of a network that is not trained yet has the epoch, too", () => {
  assert.equal(new URL(linkAt(0)[0]).searchParams.get("epoch"), "0");
});

test("beyond what a link may train it opens at the last epoch that it may, and that is said", () => {
  const [warning, said] = linkAt(10_001);
  assert.match(warning, /10000 at most/);
  assert.equal(new URL(said).searchParams.get("epoch"), "10000");
  assert.equal(linkAt(10_000).length, 1);
});
