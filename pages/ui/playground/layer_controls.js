// What changes the network's shape: its inputs' switches, and each layer's activation and width. A part of
// the live view (playground.js).

export class LayerControls {
  constructor(view) {
    this.view = view;
  }

  // Another network is drawn: what belongs to its layers has another place.
  showScene() {
    this.showInputs();
    this.showLayers();
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
    while (group.querySelectorAll(".pg-layer").length > hidden.length)
      group.querySelector(".pg-layer:last-of-type").remove();
    while (group.querySelectorAll(".pg-layer").length < hidden.length)
      group.append(this.newLayer(group.querySelectorAll(".pg-layer").length));
    const room = hidden.length ? nodes[1][0][0] - nodes[0][0][0] : 100;
    group.querySelectorAll(".pg-layer").forEach((box, i) => {
      const [width, activation] = hidden[i];
      box.style.left = `${nodes[i + 1][0][0]}px`;
      const apart = hidden.length > 1 ? nodes[2][0][0] - nodes[1][0][0] : room;
      box.style.width = `${Math.min(96, Math.max(46, apart - 8))}px`;
      box.querySelector("select").value = activation;
      box.querySelector("output").value = width;
      const input = box.querySelector("input");
      if (!this.view.drags.holds(`width${i}`)) input.value = width;
      const [fewer, more] = box.querySelectorAll("button");
      fewer.disabled = width <= 1;
      more.disabled = width >= this.view.data.maxWidth;
    });
  }

  newLayer(i) {
    const box = document.createElement("div");
    box.className = "pg-layer";
    box.innerHTML = `<select></select><div><button type="button">−</button><output></output>` +
      `<button type="button">+</button></div><input type="range" min="1">`;
    const [select, input] = [box.querySelector("select"), box.querySelector("input")];
    const [fewer, more] = box.querySelectorAll("button");
    select.append(...this.view.data.activations.map((name) => new Option(name.replace("_", " "), name)));
    select.setAttribute("aria-label", `Activation of hidden layer ${i + 1}`);
    select.title = `Activation function f of hidden layer ${i + 1}`;
    input.setAttribute("aria-label", `Neurons in hidden layer ${i + 1}`);
    input.title = `Neurons in hidden layer ${i + 1}`;
    input.max = this.view.data.maxWidth;
    fewer.title = `One neuron fewer in hidden layer ${i + 1}`;
    more.title = `One neuron more in hidden layer ${i + 1}`;
    for (const button of [fewer, more]) button.setAttribute("aria-label", button.title);
    const hidden = () =>
      this.view.settings.hidden.map((layer, j) => (j === i ? [Number(input.value), select.value] : layer));
    select.onchange = () => this.view.edit({ hidden: hidden() });
    this.view.bindDrag(input, `width${i}`, () => {
      box.querySelector("output").value = input.value;
      return { hidden: hidden() };
    });
    const grow = (by) => {
      const layers = this.view.settings.hidden;
      const width = layers[i][0] + by;
      if (width >= 1 && width <= this.view.data.maxWidth)
        this.view.edit({ hidden: layers.map((layer, j) => (j === i ? [width, layer[1]] : layer)) });
      this.showLayers();
    };
    fewer.onclick = () => grow(-1);
    more.onclick = () => grow(1);
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
}
