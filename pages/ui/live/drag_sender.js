// What is dragged, on its way to the server. A hand moves faster than frames: at most one message in an
// animation frame, and on a fast monitor no more than the server takes from anybody; the latest values
// win. Every slider whose effect is seen while it is dragged is bound by a DragSender. While the
// socket is closed what is sent is lost (Wire.send): the slider goes back with the next frame, unless it
// is still under the hand.
//
// A frame on its way does not know the latest values, and must not turn a control back: each frame
// says how many messages it has heard, and until it is all of them what was wished is `ahead`.

const MESSAGE_GAP = 8; // ms

export class DragSender {
  // `send(changes)`: name -> the latest value of all that was dragged since the last message; it gives
  // the message's number, 0 where it is lost.
  constructor(send) {
    this.send = send;
    this.sent = -MESSAGE_GAP;
    this.wishes = {};
    this.hand = null; // name of the slider under the hand: the server's value must not move it
    this.onWay = new Map(); // name -> {number of the message, value}
  }

  wish(changes) {
    const idle = Object.keys(this.wishes).length === 0;
    Object.assign(this.wishes, changes);
    if (idle) requestAnimationFrame((now) => this.flush(now));
  }

  flush(now) {
    if (now - this.sent < MESSAGE_GAP) return requestAnimationFrame((later) => this.flush(later));
    const wishes = this.wishes;
    this.wishes = {};
    this.sent = now;
    const number = this.send(wishes);
    for (const [name, value] of Object.entries(wishes)) {
      if (number) this.onWay.set(name, { number, value });
      else this.onWay.delete(name);
    }
  }

  // name -> value of all that was wished and is in no frame yet.
  get ahead() {
    const onWay = [...this.onWay].map(([name, { value }]) => [name, value]);
    return { ...Object.fromEntries(onWay), ...this.wishes };
  }

  // A frame knows so many messages; whether something is no longer ahead.
  settle(heard) {
    const before = this.onWay.size;
    for (const [name, { number }] of this.onWay) if (number <= heard) this.onWay.delete(name);
    return this.onWay.size < before;
  }

  // Nothing of what was sent will be heard: the socket is another one.
  forget() {
    this.onWay.clear();
  }

  // Whether the server's value must not move this control: it is under the hand, or ahead.
  holds(name) {
    return name === this.hand || name in this.wishes || this.onWay.has(name);
  }

  // `follow()` is called with every move, `rest()` once the hand lets go.
  bind(input, name, follow, rest) {
    input.oninput = () => {
      this.hand = name;
      follow();
    };
    input.onchange = () => {
      this.hand = null;
      rest();
    };
    input.onblur = () => (this.hand = null);
  }
}
