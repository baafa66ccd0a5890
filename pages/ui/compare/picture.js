// The comparison as one picture, for a report: what is on screen, drawn once more on a sheet. A part of the
// Compare page.

const SCALE = 2; // pixels of the sheet for one of the page
const SHOWN = ".cp-picture, .cp-card header b, .cp-card dl, .cp-chart, .cp-conclusion";
const [EDGE, HEAD] = [10, 40]; // px around what is shown, and above it for the title

// The sheet as a canvas. `heatmap` and `cards` draw what an element alone does not tell.
export async function pictureOf(root, { title, ink, paper, heatmap, cards }) {
  const isGrid = root.dataset.mode === "grid";
  const parts = [...root.querySelectorAll(isGrid ? ".cp-heat" : SHOWN)];
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left)) - EDGE;
  const top = Math.min(...boxes.map((box) => box.top)) - HEAD;
  const width = Math.max(...boxes.map((box) => box.right)) - left + EDGE;
  const height = Math.max(...boxes.map((box) => box.bottom)) - top + EDGE;
  const sheet = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  const pen = sheet.getContext("2d");
  pen.scale(SCALE, SCALE);
  pen.fillStyle = paper;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  const { fontFamily } = getComputedStyle(root);
  const write = (text, x, y, font = "13px", most = undefined) => {
    pen.fillStyle = ink;
    pen.font = `${font} ${fontFamily}`;
    pen.fillText(text, x, y, most);
  };
  write(title, EDGE, 22, "600 14px", width - 2 * EDGE);
  for (const [i, part] of parts.entries()) {
    const box = boxes[i];
    const [x, y] = [box.left - left, box.top - top];
    const place = [x, y, box.width, box.height];
    if (part.matches("svg")) pen.drawImage(await imageOf(heatmap.asURI()), ...place);
    else if (part.matches(".cp-picture")) for (const canvas of part.children) pen.drawImage(canvas, ...place);
    else if (part.matches(".cp-chart")) await drawChart(pen, part, place);
    else if (part.matches("b")) {
      const card = cards.find(({ element }) => element.contains(part));
      pen.drawImage(await imageOf(card.sampleURI()), x - 39, y, 34, 14);
      write(part.textContent, x, y + 13, "600 13px", box.width);
    } else if (part.matches("dl")) write(numbersOf(part), x, y + 13, "12px", box.width);
    else writeLines(pen, part.textContent, x, y + 15, box.width, (line, lx, ly) => write(line, lx, ly));
  }
  return sheet;
}

// A chart and the faint lines below it.
async function drawChart(pen, chart, place) {
  const [, , width, height] = place;
  const faint = chart.querySelector("canvas");
  if (faint) pen.drawImage(faint, ...place);
  const options = { format: "png", width, height, scale: SCALE };
  const source = await window.Plotly.toImage(chart.querySelector(".cp-plot"), options);
  pen.drawImage(await imageOf(source), ...place);
}

const numbersOf = (list) =>
  [...list.children].map((entry) => [...entry.children].map((part) => part.textContent).join(" ")).join("  ");

async function imageOf(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

// Words in as many lines as they need.
function writeLines(pen, text, x, y, width, write) {
  write("", x, y); // sets the font
  let [line, at] = ["", y];
  for (const word of text.split(" ")) {
    if (line && pen.measureText(`${line} ${word}`).width > width) {
      write(line, x, at);
      [line, at] = [word, at + 18];
    } else line = line ? `${line} ${word}` : word;
  }
  write(line, x, at);
}
