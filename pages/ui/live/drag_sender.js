// What is dragged, on its way to the server. A hand moves faster than frames: at most one message in an
// animation frame, and on a fast monitor no more than the server takes from anybody; the latest values
// win. Every slider whose effect is seen while it is dragged is bound by a DragSender. While the
// socket is closed what is sent is lost (Wire.send): the slider goes back with the next frame.

const MESSAGE_GAP = 8; // ms

export class DragSender {
  // `send(changes)`: name -> the latest value of all that was dragged since the last message.
  constructor(send) {
    this.send = send;
    this.sent = -MESSAGE_GAP;
    this.wishes = {};
    this.holds = null; // name of the slider under the hand: the server's value must not move it
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
    this.send(wishes);
  }

  // `follow()` is called with every move, `rest()` once the hand lets go.
  bind(input, name, follow, rest) {
    input.oninput = () => {
      this.holds = name;
      follow();
    };
    input.onchange = () => {
      this.holds = null;
      rest();
    };
    input.onblur = () => (this.holds = null);
  }
}
