// The board of handwritten digits: training, and four views of what was learned. Every picture and
// number is the server's; here they are placed. Read together with digits_views.js, digits_pad.js.

export default (component) => mountSandbox(component, DigitsBoard);

class DigitsBoard {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.$ = sandbox.$;
    this.views = { learned: new LearnedView(sandbox), attack: new AttackView(sandbox), ascent: new AscentView(sandbox), survey: new SurveyView(sandbox) };
    for (const verb of ["reset", "step"]) this.$(`.dg-${verb}`).onclick = () => sandbox.wire.send(verb);
    this.$(".dg-play").onclick = () => sandbox.wire.send(this.playing ? "pause" : "play");
    this.$(".dg-seed").onclick = () => sandbox.set({ seed: (sandbox.settings.seed + 1) % 1000 });
    this.$("[name=units]").onchange = (event) => sandbox.set({ units: Number(event.target.value) });
    this.tabs = [...sandbox.root.querySelectorAll("[role=tab]")];
    this.tabs.forEach((tab, i) => {
      tab.onclick = () => sandbox.set({ view: tab.dataset.view });
      tab.onkeydown = ({ key }) => {
        const next = this.tabs[i + { ArrowLeft: -1, ArrowRight: 1 }[key]];
        next?.focus();
        next?.click();
      };
    });
  }

  start() {
    const { goal, activations } = this.sandbox.data;
    this.$(".dg-track b").style.left = `${100 * goal}%`;
    fill(this.$("[name=activation]"), activations);
    for (const view of Object.values(this.views)) view.start?.();
    this.sandbox.showSettings();
  }

  draw({ header: { settings, training }, blobs }) {
    this.settings = settings;
    this.showTraining(training);
    this.$("[name=units]").value = settings.units;
    for (const tab of this.tabs) {
      const here = tab.dataset.view === settings.view;
      tab.setAttribute("aria-selected", here);
      tab.tabIndex = here ? 0 : -1;
    }
    for (const panel of this.sandbox.root.querySelectorAll("[role=tabpanel]")) panel.hidden = panel.dataset.view !== settings.view;
    for (const label of this.sandbox.root.querySelectorAll("[data-norm]")) label.hidden = label.dataset.norm !== settings.norm;
    this.sandbox.colours = this.sandbox.data.colours[settings.theme];
    if (blobs.history) this.views.learned.keep(floats(blobs.history));
    this.views[settings.view].draw(blobs, settings, training);
  }

  showTraining({ playing, epoch, over, test }) {
    // What a link carries follows when the network comes to rest, or has been set back or forward.
    if (this.playing !== undefined && !playing && (this.playing || this.epoch !== epoch)) this.sandbox.commit();
    Object.assign(this, { playing, epoch });
    const { goal, lastEpoch } = this.sandbox.data;
    const button = this.$(".dg-play");
    button.querySelector("span").textContent = over ? "Trained" : playing ? "Pause" : "Train";
    const titles = { play: "Train on, until Pause", step: "Train to the end of an epoch" };
    for (const [name, title] of Object.entries(titles)) {
      const each = this.$(`.dg-${name}`);
      each.disabled = over;
      each.title = over ? `Epoch ${lastEpoch} is the last; Reset begins again` : title;
    }
    this.$(".dg-epoch").value = `${epoch} of ${lastEpoch}`;
    this.$(".dg-test").value = `${(100 * test).toFixed(1)} %`;
    this.$(".dg-reached").hidden = test < goal;
    this.$(".dg-reached").textContent = `✓ ${100 * goal} % reached`;
    this.$(".dg-track i").style.width = `${100 * test}%`;
    this.$(".dg-track").setAttribute("aria-valuenow", (100 * test).toFixed(1));
    Object.assign(this.sandbox.root.dataset, { epoch, test });
  }
}

const json = ({ bytes }) => JSON.parse(new TextDecoder().decode(bytes));

function fill(select, titles) {
  select.innerHTML = Object.entries(titles).map(([name, title]) => `<option value="${name}">${title}</option>`).join("");
}

function picture(image, blob) {
  if (blob) image.src = dataURI(blob.bytes);
}

// A probability: 0.98765 -> 98.8 %, never a certainty, which no softmax gives (float32 rounds to it).
function percent(share) {
  if (share >= 0.9995) return ">\u00a099.9\u00a0%";
  if (share < 0.0005) return "<\u00a00.1\u00a0%";
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

// Lines over one axis from 0 to `most`, shares from 0 to 100 %, in an SVG: [{x, y, colour, dash,
// name}]; a dotted line at the share `mark`. The names have their own places: ends of lines cross.
function drawShares(svg, lines, most, title, mark = 0) {
  const [width, height] = [svg.clientWidth, svg.clientHeight];
  if (!width) return;
  const [left, top, right, bottom] = [44, 8, width - 76, height - 36];
  const x = (value) => left + ((right - left) * value) / most;
  const y = (share) => bottom - (bottom - top) * share;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    `<line x1="${left}" x2="${right}" y1="${y(share)}" y2="${y(share)}" stroke="currentColor" stroke-opacity=".15"/><text x="${left - 6}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`);
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) =>
    `<text x="${x(share * most)}" y="${bottom + 16}" text-anchor="middle">${Number((share * most).toPrecision(3))}</text>`);
  const drawn = lines.filter((line) => line.x.length);
  const paths = drawn.map((line, i) => {
    const points = Array.from(line.x, (value, k) => `${x(value)},${y(line.y[k])}`).join(" ");
    const look = `fill="none" stroke="${line.colour}" stroke-width="2.5" stroke-dasharray="${line.dash}"`;
    const place = y(0.6) + 18 * i;
    return `<polyline points="${points}" ${look}/><path d="M${right + 6} ${place - 4}h18" ${look}/><text class="dg-name" x="${right + 28}" y="${place}" style="fill:${line.colour}">${line.name}</text>`;
  });
  const marked = mark && `<line x1="${left}" x2="${right}" y1="${y(mark)}" y2="${y(mark)}" stroke="currentColor" stroke-dasharray="2 3"/><text x="${right + 5}" y="${y(mark) + 4}">goal ${100 * mark} %</text>`;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.innerHTML = `${grid.join("")}${ticks.join("")}<text x="${(left + right) / 2}" y="${height - 4}" text-anchor="middle">${title}</text>${marked || ""}${paths.join("")}`;
}
