// The wire between a page and the server: one socket, frames taken apart, drawn one at a time. The
// view that uses it is told `opened()`, asked to `draw(frame)`, and given sentences to `say(text)`.

const [REFUSED, REPLACED] = [4403, 4409];

export class Wire {
  constructor(user) {
    this.user = user;
    this.retry = 300;
  }

  // `data` is what the server gave the component: token, base path, where plotly.js is.
  connect(data) {
    this.data = data;
    this.socket?.close();
    const url = new URL(`${data.base}/live`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("token", data.token);
    const socket = (this.socket = new WebSocket(url));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.retry = 300;
      this.user.opened();
      this.user.say("");
    };
    socket.onmessage = (event) => {
      this.next = event.data;
      this.drawNext();
    };
    socket.onclose = (event) => {
      if (this.gone || socket !== this.socket) return;
      if (event.code === REFUSED) return this.user.say("This session has ended. Reload the page to go on.");
      if (event.code === REPLACED) return this.user.say("This session is shown in another window.");
      this.user.say("The connection was lost; trying again…");
      setTimeout(() => this.gone || socket !== this.socket || this.connect(this.data), this.retry);
      this.retry = Math.min(this.retry * 2, 5000);
    };
    plotly(data.plotly).then(
      () => this.drawNext(),
      () => this.user.say("The charts could not be loaded. Reload the page."),
    );
  }

  close() {
    this.gone = true;
    this.socket?.close();
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(verb, value = null) {
    if (this.isOpen) this.socket.send(JSON.stringify({ [verb]: value }));
  }

  drawNext() {
    if (this.drawing || !this.next || !window.Plotly) return;
    this.drawing = true;
    requestAnimationFrame(async () => {
      if (this.gone) return;
      const frame = this.next;
      this.next = null;
      this.send("drawn"); // the server prepares the next frame while this one is drawn
      await this.user.draw(takeApart(frame));
      this.drawing = false;
      this.drawNext();
    });
  }
}

// A hand moves faster than frames: at most one message in an animation frame, the latest values win.
// Every slider whose effect is seen while it is dragged is bound by one of these.
export class Hand {
  constructor(send) {
    this.send = send;
    this.wishes = {};
    this.holds = null; // name of the slider under the hand: the server's value must not move it
  }

  wish(changes) {
    const idle = Object.keys(this.wishes).length === 0;
    Object.assign(this.wishes, changes);
    if (!idle) return;
    requestAnimationFrame(() => {
      const wishes = this.wishes;
      this.wishes = {};
      this.send(wishes);
    });
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

// A frame's header, and its blobs by their kind; those of kind `layer` may be several.
export function takeApart(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let start = 4 + length;
  const blobs = { layer: [] };
  for (const { kind, bytes, ...more } of header.blobs) {
    const blob = { bytes: new Uint8Array(buffer, start, bytes), ...more };
    if (kind === "layer") blobs.layer.push(blob);
    else blobs[kind] = blob;
    start += bytes;
  }
  return { header, blobs };
}

let plotlyReady;

// plotly.js, once for all views.
export function plotly(source) {
  plotlyReady ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return plotlyReady;
}

// ---------------------------------------------------------------- bytes and colours

// Plotly reads templates and a little HTML in texts: a column's name is neither.
export const plain = (text) => text.replace(/[<>%{}&]/g, " ");

// A blob of JSON.
export const json = ({ bytes }) => JSON.parse(new TextDecoder().decode(bytes));

export function floats({ bytes }) {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

export function dataURI(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192));
  return `data:image/png;base64,${btoa(text)}`;
}

export function isDark(colour) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = colour || "#fff";
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(pen.fillStyle.slice(i, i + 2), 16));
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}
