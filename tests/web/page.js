// What a page has and Node has not, driven by hand: animation frames, listeners, elements, sockets.

import { mock } from "node:test";

// An animation frame comes when `frame()` is called, 16 ms after the last, to all that asked for it.
export function drivenFrames() {
  const asked = [];
  let now = 0;
  globalThis.requestAnimationFrame = (action) => asked.push(action);
  return {
    asked,
    frame: () => {
      now += 16;
      return Promise.all(asked.splice(0).map((action) => action(now)));
    },
  };
}

// Something that listeners are added to; `tell(kind, event)` calls them.
export function listening(more = {}) {
  const listeners = new Map();
  return {
    listeners,
    addEventListener: (kind, action) => listeners.set(kind, action),
    removeEventListener: (kind, action) => listeners.get(kind) === action && listeners.delete(kind),
    tell: (kind, event) => listeners.get(kind)?.(event),
    ...more,
  };
}

// An event that knows what was done to it.
export function happened(more) {
  return { preventDefault: mock.fn(), stopImmediatePropagation: mock.fn(), stopPropagation: mock.fn(), ...more };
}

// The browser's history, in which nobody looks.
globalThis.history = { pushState: () => {}, replaceState: () => {} };

// A socket as the browser has it; all that were made are in `made`.
export class FakeSocket {
  static OPEN = 1;
  static made = [];

  constructor(url, protocols = []) {
    Object.assign(this, { url: String(url), protocols, readyState: 0, sent: [] });
    FakeSocket.made.push(this);
  }

  open() {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }
}
