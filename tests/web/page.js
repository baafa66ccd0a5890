// What a page has and Node has not, driven by hand: animation frames, listeners, elements, sockets.

import { mock } from "node:test";

// Animation frames come when `frame()` is called, one for each that was asked for until then.
export function drivenFrames() {
  const asked = [];
  globalThis.requestAnimationFrame = (action) => asked.push(action);
  return {
    asked,
    frame: () => Promise.all(asked.splice(0).map((action) => action(0))),
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

// A socket as the browser has it; all that were made are in `made`.
export class FakeSocket {
  static OPEN = 1;
  static made = [];

  constructor(url) {
    Object.assign(this, { url: String(url), readyState: 0, sent: [] });
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
