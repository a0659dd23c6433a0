"use strict";
/* The network at work: images to choose, the answer, and the layers. */

class Page {
  constructor(given, weights) {
    Object.assign(this, given);
    this.network = new Network(given, weights);
    this.board = new Board(this);
    this.explanation = new Explanation(this);
    const shown = this.network.layers.map((layer, i) => i)
      .filter(i => !["input", "same"].includes(this.network.layers[i].kind));
    this.views = shown.map(number => new LayerView(this, number));
    // Of a deep network those are open that have learned kernels, and those where ways meet.
    const matters = ({ layer }) => layer.kernelShape?.length > 1 || layer.kind === "add";
    const few = this.views.length <= 12;
    for (const view of this.views) view.element.open = few || matters(view);
    find("layers").append(...this.views.map(view => view.element));
    this.look();
    this.addFaces();
    this.choose(0);
  }

  /* Learns how wide the layers may be and which colour marks them: both come with the layout. */
  look() {
    this.room = find("layers").clientWidth;
    this.mark = getComputedStyle(document.documentElement).getPropertyValue("--mark");
  }

  addFaces() {
    this.buttons = this.faces.map((face, i) => {
      const button = made("button", { type: "button", "aria-pressed": "false", title: face.name },
        made("img", { src: face.picture, alt: face.name, width: "52", height: "52" }));
      button.addEventListener("click", () => this.choose(i));
      return button;
    });
    find("faces").append(...this.buttons);
  }

  choose(number) {
    this.face = this.faces[number];
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === number)));
    this.board.show(bytesOf(this.face.pixels));
    find("image").setAttribute("aria-label", `${this.face.name}, to draw on`);
    find("truth").textContent = this.face.truth ? `Truth: ${this.face.truth}` : "";
    this.first = null;
    this.compute();
    this.first = this.answer;
    this.tellScores();
  }

  /* Whether the answer is a share for each of the names. */
  get isShares() {
    return this.made in ANSWERS;
  }

  /* Computes at the next frame: a stroke may bring several points in one. */
  changed() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      this.compute();
      this.tellScores();
    });
  }

  compute() {
    const start = performance.now(), image = this.board.numbers;
    let outputs = this.network.run(image);
    if (this.flips) {
      // The mirror image is computed by the same network and leaves no trace on the page.
      const mirror = new Network(this, new Float32Array(0));
      mirror.layers = this.network.layers;
      const mirrored = mirror.run(this.mirrored(image));
      outputs = outputs.map((value, i) => (value + mirrored[i]) / 2);
    }
    this.outputs = outputs;
    this.answer = this.isShares ? ANSWERS[this.made](outputs) : Array.from(outputs);
    this.milliseconds = performance.now() - start;
    this.board.draw();
    this.showScores();
    if (this.explanation.view) this.explanation.update();
    else this.drawAll();
  }

  mirrored(image) {
    const [, wide, depth = 1] = this.image, row = wide * depth;
    return image.map((_, i) => {
      const start = Math.floor(i / row) * row, x = Math.floor((i - start) / depth);
      return image[start + (wide - 1 - x) * depth + i % depth];
    });
  }

  drawAll() {
    for (const view of this.views) view.draw();
  }

  /* A share of all is told by four digits after the point, another number as it comes. */
  score(value) {
    return this.isShares && Number.isFinite(value) ? value.toFixed(4) : told(value);
  }

  nameOf(i) {
    return this.names ? this.names[i] : `output ${i}`;
  }

  showScores() {
    find("output").hidden = this.made !== "picture";
    if (this.made === "picture") this.showPicture();
    const listed = this.made === "picture" ? 0 : FEW;
    const shown = this.names ? this.answer : this.answer.slice(0, listed);
    const largest = this.isShares ? 1 : largestOf(shown), best = Math.max(...shown);
    const rows = shown.map((value, i) => this.scoreRow(value, i, largest, value === best));
    const others = (this.answer.length - shown.length).toLocaleString("en");
    if (others !== "0") {
      rows.push(made("li", { text: shown.length ? `and ${others} more` : `${others} numbers` }));
    }
    find("scores").replaceChildren(...rows);
    find("time").textContent = `${this.before()}Computed in ${this.milliseconds.toFixed(0)} ms.`;
  }

  scoreRow(value, i, largest, isBest) {
    const bar = made("span", { class: "bar" });
    bar.style.width = `${Math.min(1, Math.abs(value) / largest || 0) * 100}%`;
    const sign = value < 0 ? "below" : "above", best = isBest ? "best" : null;
    return made("li", { class: this.isShares ? best : sign },
      made("span", { class: "name", text: this.nameOf(i) }),
      made("span", { class: "track", "aria-hidden": "true" }, bar),
      made("span", { class: "number" },
        made("data", { value: String(value), text: this.score(value) })));
  }

  /* What the answer was before the image was drawn on. */
  before() {
    if (!this.first || !this.isShares || !this.board.isChanged) return "";
    const scores = this.first.map((value, i) => `${this.nameOf(i)} ${this.score(value)}`);
    return `On the original: ${scores.join(", ")}. `;
  }

  /* The output as a picture, such as the image that it should be. */
  showPicture() {
    const canvas = find("output"), [high, wide, depth = 1] = this.image;
    [canvas.width, canvas.height] = [wide, high];
    paint(canvas, this.outputs.map(value => 256 * value + 128), wide, high, depth);
  }

  tellScores() {
    const shown = this.names ? this.answer : this.answer.slice(0, 4);
    this.say(shown.map((value, i) => `${this.nameOf(i)} ${this.score(value)}`).join(", "));
  }

  /* Says something to screen readers, once it has been the newest for a moment. */
  say(text) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => { find("said").textContent = text; }, 250);
  }
}

function drawLegend() {
  const canvas = find("legend"), context = canvas.getContext("2d");
  const picture = context.createImageData(128, 1), pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < 128; i++) pixels[i] = colours[2 * i];
  context.putImageData(picture, 0, 0);
}

async function start() {
  const given = JSON.parse(find("given").textContent);
  chooseColours();
  const weights = await unpacked(find("weights").textContent);
  find("alive").hidden = false;
  const page = new Page(given, weights);
  globalThis.page = page;  // for the console: page.network.values are all numbers there are
  drawLegend();
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width === width) return;
    width = entry.contentRect.width;
    page.look();
    page.drawAll();
  }).observe(find("layers"));
  DARK.addEventListener("change", () => {
    chooseColours();
    drawLegend();
    page.look();
    page.drawAll();
    page.explanation.update();
  });
  document.documentElement.dataset.ready = "true";
}

if (find("given")) {
  start().catch(error => {
    find("fault").hidden = false;
    find("fault").textContent = `This browser cannot compute the network: ${error.message}`;
  });
}
