// The network, drawn: inputs and their switches, units and their fields, edges, biases, and the
// controls of each layer. A part of the live view (live.js), which it is read together with.

class Diagram {
  constructor(view) {
    this.view = view;
  }

  showScene(scene) {
    this.showInputs();
    this.showLayers();
    const canvas = this.view.$(".pg-net canvas");
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = scene.network.layout;
    Object.assign(canvas, { width: width * ratio, height: height * ratio });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  showDepth() {
    const depth = this.view.settings.hidden.length;
    this.view.$(".pg-depth span").textContent = `${depth} hidden layer${depth === 1 ? "" : "s"}`;
    this.view.$(".pg-fewer").disabled = depth === 0;
    this.view.$(".pg-more").disabled = depth === this.view.data.maxLayers;
  }

  showLayers() {
    if (!this.view.scene || !this.view.settings) return;
    const { hidden } = this.view.settings;
    const { nodes } = this.view.scene;
    const group = this.view.$(".pg-layers");
    if (hidden.length !== nodes.length - 2) return; // the scene for these settings is on its way
    while (group.querySelectorAll(".pg-layer").length > hidden.length) group.querySelector(".pg-layer:last-of-type").remove();
    while (group.querySelectorAll(".pg-layer").length < hidden.length) group.append(this.newLayer(group.querySelectorAll(".pg-layer").length));
    const room = hidden.length ? nodes[1][0][0] - nodes[0][0][0] : 100;
    group.querySelectorAll(".pg-layer").forEach((box, i) => {
      const [width, activation] = hidden[i];
      box.style.left = `${nodes[i + 1][0][0]}px`;
      box.style.width = `${Math.min(96, Math.max(46, (hidden.length > 1 ? nodes[2][0][0] - nodes[1][0][0] : room) - 8))}px`;
      box.querySelector("select").value = activation;
      box.querySelector("output").value = width;
      const input = box.querySelector("input");
      if (this.view.dragging !== `width${i}`) input.value = width;
    });
  }

  newLayer(i) {
    const box = document.createElement("div");
    box.className = "pg-layer";
    box.innerHTML = `<select></select><label><input type="range" min="1"><output></output></label>`;
    const [select, input] = [box.querySelector("select"), box.querySelector("input")];
    select.append(...this.view.data.activations.map((name) => new Option(name.replace("_", " "), name)));
    select.setAttribute("aria-label", `Activation of hidden layer ${i + 1}`);
    select.title = `Activation function f of hidden layer ${i + 1}`;
    input.setAttribute("aria-label", `Neurons in hidden layer ${i + 1}`);
    input.title = `Neurons in hidden layer ${i + 1}`;
    input.max = this.view.data.maxWidth;
    const hidden = () => this.view.settings.hidden.map((layer, j) => (j === i ? [Number(input.value), select.value] : layer));
    select.onchange = () => this.view.edit({ hidden: hidden() });
    this.view.bindDrag(input, `width${i}`, () => {
      box.querySelector("output").value = input.value;
      return { hidden: hidden() };
    });
    return box;
  }

  showInputs() {
    const group = this.view.$(".pg-inputs");
    const { inputs, nodes, sides } = this.view.scene;
    const side = Math.min(34, sides[0]);
    const known = inputs.map((input) => input.name + input.src.length).join();
    if (group.dataset.known !== known) {
      group.dataset.known = known;
      group.replaceChildren(
        ...inputs.map(({ name, label, src }) => {
          const button = document.createElement("button");
          Object.assign(button, { type: "button", name, title: `Use ${label} as an input of the network` });
          const [text, image] = [document.createElement("span"), new Image(side, side)];
          text.textContent = label;
          image.src = src;
          image.alt = "";
          button.append(text, image);
          button.onclick = () => {
            const on = new Set(this.view.settings.features);
            if (!on.delete(name)) on.add(name);
            if (on.size) this.view.edit({ features: [...on] });
            else this.view.say("A network needs at least one input.");
          };
          return button;
        }),
      );
    }
    [...group.children].forEach((button, i) => {
      button.style.top = `${inputs[i].y}px`;
      button.style.width = `${nodes[0][0][0] + side / 2}px`;
      button.querySelector("img").src = inputs[i].src;
      button.setAttribute("aria-pressed", inputs[i].on);
    });
  }

  drawLayers(layers) {
    const update = {};
    layers.forEach((layer, i) => (update[`images[${i}].source`] = dataURI(layer.bytes)));
    window.Plotly.relayout(this.view.$(".pg-netplot"), update);
  }

  // Edges as curves below the transparent figure: width |w|, colour by sign; a bias is a small square.
  drawEdges(parameters) {
    const { nodes, sizes, sides, colours } = this.view.scene;
    const canvas = this.view.$(".pg-net canvas");
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineCap = "round";
    let at = 0;
    for (let l = 1; l < sizes.length; l++) {
      const [m, n] = [sizes[l - 1], sizes[l]];
      const from = sides[l - 1] / 2;
      const to = sides[l] / 2;
      // A crowd of faint edges would be a grey wall.
      const [faintest, crowd] = m * n > 300 ? [0.15, 0.5] : [0, 1];
      for (let i = 0; i < m; i++) {
        const [x0, y0] = nodes[l - 1][i];
        for (let j = 0; j < n; j++) {
          const w = parameters[at + i * n + j];
          const size = Math.abs(w);
          if (!(size > faintest)) continue;
          const [x1, y1] = nodes[l][j];
          const bend = (x1 - x0) / 2;
          pen.strokeStyle = colours[w < 0 ? 0 : 1];
          pen.globalAlpha = Math.min(0.9, 0.12 + size / 2) * crowd;
          pen.lineWidth = Math.min(7, 0.5 + 1.6 * size);
          pen.beginPath();
          pen.moveTo(x0 + from, y0);
          pen.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1 - to, y1);
          pen.stroke();
        }
      }
      at += m * n;
      pen.globalAlpha = 1;
      pen.strokeStyle = colours[2];
      pen.lineWidth = 2; // half of it lies below the picture
      for (const [x, y] of nodes[l]) pen.strokeRect(x - to, y - to, 2 * to, 2 * to);
      for (let j = 0; j < n; j++) {
        const b = parameters[at + j];
        const [x, y] = nodes[l][j];
        const side = Math.min(9, 2 + 4 * Math.abs(b)) * Math.min(1, sides[l] / 24);
        pen.fillStyle = colours[b < 0 ? 0 : 1];
        pen.fillRect(x - to - side / 2 - 3, y + to - side, side, side);
      }
      at += n;
    }
  }
}
