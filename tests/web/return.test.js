// A page that comes back after long, is taken for a newcomer, and asks for the viewer that it was.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Wire } from "../../pages/ui/live/wire.js";
import { FakeSocket, listening } from "./page.js";

const SECOND = 1000;
const mine = { base: "", plotly: "plotly.js", token: "board", viewer: "me", unknown: "" };
const newcomers = { ...mine, token: "other board", viewer: "newcomer" };
let wire, ask, said;
let clock = 0;

beforeEach(() => {
  clock += 100 * SECOND; // later than anything in the test before
  mock.method(performance, "now", () => clock);
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  FakeSocket.made.length = 0;
  Object.assign(globalThis, {
    WebSocket: FakeSocket,
    location: { href: "http://school.example/" },
    window: { Plotly: {} },
    document: listening({ createElement: () => ({}), head: { append: () => {} } }),
  });
  delete history.heedsLinks;
  [ask, said] = [mock.fn(), []];
  wire = new Wire({ opened: () => {}, say: (text) => said.push(text), draw: () => {} });
  wire.follow(mine, ask);
});

afterEach(() => {
  wire.close();
  mock.timers.reset();
  mock.restoreAll();
});

const asked = () => ask.mock.calls.map((call) => call.arguments);

test("the viewer that the page knows is shown, and not asked for", () => {
  wire.follow({ ...mine }, ask);
  mock.timers.tick(5 * SECOND);
  assert.equal(FakeSocket.made.length, 1);
  assert.deepEqual(asked(), []);
});

test("taken for a newcomer it asks for the viewer that it was, and shows nothing else", () => {
  wire.follow(newcomers, ask);
  assert.deepEqual(asked(), [["returned", "me"]]);
  assert.equal(FakeSocket.made.length, 1);
});

test("a question that nobody heard is asked again every second", () => {
  wire.follow(newcomers, ask);
  wire.follow(newcomers, ask); // the page has run once more, and knows nothing of it
  assert.equal(asked().length, 1);
  mock.timers.tick(2 * SECOND);
  assert.equal(asked().length, 3);
});

for (const [what, end] of [
  ["it is given back", () => wire.follow({ ...mine }, ask)],
  ["it is not kept", () => wire.follow({ ...newcomers, unknown: "me" }, ask)],
  ["the view is gone", () => wire.close()],
]) {
  test(`it asks no more once ${what}`, () => {
    wire.follow(newcomers, ask);
    end();
    mock.timers.tick(5 * SECOND);
    assert.equal(asked().length, 1);
  });
}

// -------------------------------------------------------------- a page that is being left

const link = { closest: () => ({}) };

test("soon after a click on a link nothing is asked, for the page on screen is being left", () => {
  document.tell("click", { target: link });
  clock += SECOND / 2;
  wire.follow(newcomers, ask);
  assert.equal(asked().length, 0);
  clock += SECOND;
  mock.timers.tick(SECOND);
  assert.equal(asked().length, 1);
});

test("what the page is to be told waits until it is sure to stay, and is gone where it is left", () => {
  const tell = mock.fn();
  wire.tellPage(tell, 300);
  document.tell("pointerdown", { target: link });
  mock.timers.tick(300);
  assert.equal(tell.mock.callCount(), 0);
  clock += SECOND;
  mock.timers.tick(SECOND);
  assert.equal(tell.mock.callCount(), 1);
  wire.tellPage(tell, 300);
  wire.close();
  mock.timers.tick(5 * SECOND);
  assert.equal(tell.mock.callCount(), 1);
});

test("of what is told in a row the page hears the last", () => {
  const heard = [];
  for (const text of ["one", "two"]) wire.tellPage(() => heard.push(text), 300);
  mock.timers.tick(SECOND);
  assert.deepEqual(heard, ["two"]);
});

test("what is not kept is said", () => {
  wire.follow(newcomers, ask);
  wire.follow({ ...newcomers, unknown: "me" }, ask);
  assert.match(said.at(-1), /no longer kept/);
});
