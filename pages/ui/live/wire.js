// The wire between a page and the server: one socket, frames taken apart, drawn one at a time. The
// view that uses it is told `opened()`, asked to `draw(frame)`, and given sentences to
// `say(text, remedy)`: a remedy is a button's text and what it does.

import { loadPlotly } from "../drawing/plotly.js";
import { takeApart } from "./frames.js";

const [FOREIGN, UNKNOWN, REPLACED] = [4401, 4403, 4409];
const PROTOCOL = "playground"; // offered before the token: an address would stand in logs
const ASK_AFTER = [1500, 6000]; // ms from the wire's coming back
const ASK_AGAIN = 1000; // ms, until the viewer from before is given back
const LOST =
  "Your network is no longer kept here: this page was away for too long, or the server has started again. Branches, " +
  "own data and what was played since the address was written are gone; the address makes the rest again.";

// Streamlit makes an entry of the browser's history whenever the server writes the address anew: while
// playing a page switch made two, and Back led to the same page again. An entry is a page: what
// changes the query alone replaces it.
function makeEntriesPages() {
  if (history.entryIsPage) return;
  history.entryIsPage = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, url) => {
    const same = url != null && new URL(url, location.href).pathname === location.pathname;
    if (same) history.replaceState(state, unused, url);
    else push(state, unused, url);
  };
}

// Streamlit runs the page on screen for whatever a view tells it. Soon after a click on a link that is
// the page that is being left, and the click would be taken back: until then nothing is told.
const LEAVING = 1000; // ms
let left = -LEAVING;

function heedLinks() {
  if (history.heedsLinks) return;
  history.heedsLinks = true;
  const heed = ({ target }) => {
    if (target.closest?.("a, header")) left = performance.now();
  };
  for (const kind of ["pointerdown", "click"]) document.addEventListener(kind, heed, true);
}

const isLeaving = () => performance.now() - left < LEAVING;

export class Wire {
  constructor(user) {
    makeEntriesPages();
    heedLinks();
    this.user = user;
    this.retry = 300;
    this.sent = 0; // messages over this socket, but for what answers a frame or asks for a beat
    this.silence = new Silence(this);
  }

  // `data` is what the server gave the component: token, viewer, base path, where plotly.js is.
  // A page that comes back after long is taken for a newcomer, and all that it had would be replaced
  // in silence: it goes on as the viewer that it was, `ask("returned", viewer)`, or says what is lost.
  follow(data, ask) {
    const viewer = (window.playgroundViewer ??= data.viewer);
    this.ask = () => this.gone || this.lost || isLeaving() || ask("returned", viewer);
    if (data.viewer === viewer) {
      this.endAsking();
      if (data.token !== this.data?.token) this.connect(data);
    } else if (data.unknown === viewer) this.lose();
    else if (!this.asking) {
      this.asking = setInterval(() => this.ask(), ASK_AGAIN);
      this.ask();
    }
  }

  // The page is told, `act()`, once so many ms of quiet have come.
  tellPage(act, ms) {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.gone || (isLeaving() ? this.tellPage(act, LEAVING) : act()), ms);
  }

  // Of what the page was to be told nothing is left.
  untell() {
    clearTimeout(this.quiet);
  }

  // A question can be lost: where one page makes way for another, or a connection for the next.
  endAsking() {
    clearInterval(this.asking);
    this.asking = null;
  }

  connect(data) {
    this.data = data;
    this.socket?.close();
    const url = new URL(`${data.base}/live`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url, [PROTOCOL, data.token]));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.retry = 300;
      // Streamlit connects again in its own time: asked before the person's next touch, none is lost.
      if (this.broken) for (const ms of ASK_AFTER) setTimeout(() => this.ask(), ms);
      this.broken = false;
      this.sent = 0;
      this.user.opened();
      this.user.say("");
    };
    socket.onmessage = (event) => {
      const frame = typeof event.data !== "string"; // else the answer to a beat
      this.silence.heard(frame);
      if (!frame) return;
      this.next = event.data;
      this.drawNext();
    };
    socket.onclose = (event) => {
      if (this.gone || this.lost || socket !== this.socket) return;
      this.silence.closed();
      if (event.code === UNKNOWN) return this.lose();
      if (event.code === FOREIGN) return this.user.say("The server does not know the address of this page as its own.");
      if (event.code === REPLACED) return this.user.say("This session is shown in another window.");
      this.broken = true;
      this.user.say("The connection was lost; trying again…");
      setTimeout(() => this.gone || socket !== this.socket || this.connect(this.data), this.retry);
      this.retry = Math.min(this.retry * 2, 5000);
    };
    loadPlotly(data.plotly).then(
      () => this.drawNext(),
      () => this.user.say("The charts could not be loaded. Reload the page."),
    );
  }

  // What was drawn stays until the person has read it.
  lose() {
    this.lost = true;
    this.endAsking();
    this.socket?.close();
    this.user.say(LOST, ["Begin anew from the address", () => location.reload()]);
  }

  close() {
    this.gone = true;
    this.untell();
    this.endAsking();
    this.silence.end();
    this.socket?.close();
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  // The message's number, as frames count what they have heard; 0 where it is lost.
  send(verb, value = null) {
    if (this.lost) this.lose();
    if (this.lost || !this.isOpen) return 0;
    if (verb !== "drawn") this.silence.wished();
    this.socket.send(JSON.stringify({ [verb]: value }));
    return verb === "drawn" || verb === "beat" ? 0 : ++this.sent;
  }

  // A frame that could not be drawn comes as a sentence alone; what was drawn stays beneath it.
  async show(frame) {
    if (frame.header.fault) return this.user.say((this.fault = frame.header.fault));
    if (this.fault) this.user.say((this.fault = ""));
    await this.user.draw(frame);
  }

  drawNext() {
    if (this.drawing || !this.next || !window.Plotly) return;
    this.drawing = true;
    requestAnimationFrame(async () => {
      if (this.gone) return;
      const frame = this.next;
      this.next = null;
      this.send("drawn"); // the server prepares the next frame while this one is drawn
      try {
        const parts = takeApart(frame, this.data.protocol);
        this.silence.moves = moves(parts.header, this.data.protocol.keys);
        await this.show(parts);
      } finally {
        this.drawing = false; // one that cannot be drawn must not stop the others
        this.drawNext();
      }
    });
  }
}

// Whether frames come by themselves, as far as a board says so.
function moves(header, keys) {
  const training = keys.includes("training") ? header.training : keys.includes("playing") && header;
  return Boolean(training?.playing);
}

// Says when nothing comes though something should: while the picture moves by itself, or when a wish
// is not answered. No frame alone is no sign: in slow motion they are 5 s apart, and a wish that changes
// nothing has none. So after a second without one the server is asked for a beat, which the
// thread that trains answers: that costs nothing at rest, nor while frames come.
const [QUIET, SILENT, GIVEN_UP] = [1, 3, 15]; // seconds

class Silence {
  constructor(wire) {
    this.wire = wire;
    this.said = "";
    this.moves = false; // whether frames should come by themselves
    this.waits = false; // for an answer
    this.asked = true; // for a beat, or there is no need
    this.since = performance.now();
    this.timer = setInterval(() => this.listen(), 500);
  }

  end() {
    clearInterval(this.timer);
  }

  // After a frame one beat is asked for in any case: a board may move by itself without a word.
  heard(frame) {
    this.since = performance.now();
    this.waits = false;
    this.asked = !frame && !this.moves;
    if (this.said) this.wire.user.say((this.said = ""));
  }

  wished() {
    if (this.waits) return;
    this.waits = true;
    this.asked = false;
    if (!this.moves) this.since = performance.now();
  }

  closed() {
    this.said = "";
  }

  listen() {
    const { wire } = this;
    const opens = this.said && wire.socket.readyState === WebSocket.CONNECTING;
    if (document.hidden || !(wire.isOpen || opens)) return (this.since = performance.now());
    const quiet = (performance.now() - this.since) / 1000;
    if (wire.isOpen && quiet >= QUIET && !this.asked) {
      this.waits = true; // since the last frame, not since now
      wire.send("beat");
      this.asked = true;
    }
    if (this.waits && quiet >= SILENT) this.say(quiet);
  }

  // Said anew every 5 s: a screen reader reads it out each time.
  say(quiet) {
    const seconds = Math.max(SILENT, 5 * Math.floor(quiet / 5));
    const text = `No picture for ${seconds} s: the server or the network is slow. It goes on by itself.`;
    if (text === this.said) return;
    this.wire.user.say((this.said = text));
    // A connection that is dead, and does not know it, would wait for a quarter of an hour.
    if (seconds % GIVEN_UP === 0) this.wire.connect(this.wire.data);
  }
}
