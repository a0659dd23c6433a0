"use strict";
/* A layer on the page: its numbers as maps in colours around 0, a cursor, a chosen number. */

const DARK = matchMedia("(prefers-color-scheme: dark)");
let colours;  // of -1 to 1, in 256 steps, as a canvas has its pixels

function chooseColours() {
  const [below, zero, above] = DARK.matches
    ? [[96, 165, 250], [17, 20, 26], [251, 146, 60]]
    : [[23, 78, 166], [244, 245, 247], [200, 72, 8]];
  colours = Uint32Array.from({ length: 256 }, (_, i) => {
    const part = Math.abs(i - 127.5) / 127.5, end = i < 127.5 ? below : above;
    const [red, green, blue] = zero.map((from, k) => Math.round(from + (end[k] - from) * part));
    return (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
  });
}

const shade = (value, largest) => colours[Math.round(127.5 + 127.5 * (value / largest || 0))];

function largestOf(values) {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  return Number.isFinite(largest) && largest > 0 ? largest : 1;
}

/* Sets a canvas's size where it is another: a new layout takes longer than a drawing. */
function resize(canvas, wide, high) {
  if (canvas.width === wide && canvas.height === high) return;
  canvas.width = wide;
  canvas.height = high;
  canvas.style.width = `${wide}px`;
}

/* Draws maps (high, wide, channels) side by side, each pixel a square of `scale`. `values` may have
   null where there is nothing. */
function drawMaps(canvas, values, [high, wide, channels], { scale, columns, gap, largest }) {
  const rows = Math.ceil(channels / columns);
  resize(canvas, columns * (wide * scale + gap) - gap, rows * (high * scale + gap) - gap);
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let channel = 0; channel < channels; channel++) {
    const left = (channel % columns) * (wide * scale + gap);
    const top = Math.floor(channel / columns) * (high * scale + gap);
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const value = values[(y * wide + x) * channels + channel];
        if (value === null) continue;
        const colour = shade(value, largest);
        const start = (top + y * scale) * canvas.width + left + x * scale;
        for (let i = 0; i < scale; i++) {
          pixels.fill(colour, start + i * canvas.width, start + i * canvas.width + scale);
        }
      }
    }
  }
  context.putImageData(picture, 0, 0);
  return context;
}

/* A layer's numbers as maps (high, wide, channels); units in a row are of one pixel each. */
function asMaps(shape, image) {
  if (shape.length === 3) return shape;
  if (product(shape) === product(image)) return [image[0], image[1], image[2] ?? 1];
  return shape.length === 2 ? [1, ...shape] : [1, 1, product(shape)];
}

/* Where a number lies in its layer, in words. */
function placeOf(index, shape, image) {
  const [high, wide, channels] = asMaps(shape, image);
  if (high * wide === 1) return `unit ${index}`;
  const pixel = Math.floor(index / channels);
  const map = channels === 1 ? "" : `map ${index % channels}, `;
  return `${map}row ${Math.floor(pixel / wide)}, column ${pixel % wide}`;
}

const GAP = 2;

function scaleOf([high, wide]) {
  const side = Math.max(high, wide);
  const wanted = side >= 12 ? 48 : side >= 5 ? 42 : side >= 2 ? 30 : 14;
  return Math.max(1, Math.floor(wanted / side));
}

class LayerView {
  constructor(page, number) {
    this.page = page;
    this.number = number;
    this.layer = page.network.layers[number];
    this.shape = asMaps(this.layer.shape, page.image);
    this.cursor = 0;
    this.chosen = this.patch = null;
    const [high, wide, channels] = this.shape;
    const what = high * wide === 1 ? `${channels} units` : `${channels} maps of ${high} by ${wide}`;
    this.canvas = made("canvas", {
      tabindex: "0", role: "application", "aria-roledescription": "feature maps",
      "aria-label": `${this.layer.name}: ${what}`, "aria-describedby": "how",
    });
    const parameters = this.layer.parameters;
    this.range = made("span");
    this.element = made("details", { class: "layer" },
      made("summary", {},
        made("span", { class: "name", text: this.layer.name }),
        made("span", { class: "says", text: this.layer.says }),
        made("span", { class: "shape" }, this.layer.shape.join("×"),
          parameters ? `, ${parameters.toLocaleString("en")} parameters` : "", this.range)),
      made("div", { class: "maps" }, this.canvas));
    this.element.addEventListener("toggle", () => this.draw());
    this.canvas.addEventListener("click", event => this.choose(this.indexAt(event)));
    this.canvas.addEventListener("keydown", event => this.onKey(event));
    for (const name of ["focus", "blur"]) this.canvas.addEventListener(name, () => this.draw());
  }

  draw() {
    if (!this.element.open) return;
    const [, wide, channels] = this.shape, scale = this.scale = scaleOf(this.shape);
    const room = this.page.room - 30;
    const fitting = Math.max(1, Math.floor((room + GAP) / (wide * scale + GAP)));
    this.columns = Math.min(channels, fitting);
    const values = this.page.network.values[this.number];
    const largest = largestOf(values);
    this.range.textContent = `, up to ±${told(largest)}`;
    const drawing = { scale, columns: this.columns, gap: GAP, largest };
    const context = drawMaps(this.canvas, values, this.shape, drawing);
    const { mark } = this.page;
    if (this.patch) this.outlinePatch(context, mark);
    if (document.activeElement === this.canvas) this.outline(context, this.cursor, mark);
    if (this.chosen !== null) this.outline(context, this.chosen, mark);
  }

  corner(index) {
    const [high, wide, channels] = this.shape, pixel = Math.floor(index / channels);
    const map = index % channels;
    return [
      (map % this.columns) * (wide * this.scale + GAP) + pixel % wide * this.scale,
      Math.floor(map / this.columns) * (high * this.scale + GAP) +
        Math.floor(pixel / wide) * this.scale,
    ];
  }

  outline(context, index, colour, wide = this.scale, high = this.scale) {
    const [left, top] = this.corner(index), more = Math.max(0, 5 - Math.min(wide, high)) / 2;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    const x = Math.max(1, left - more), y = Math.max(1, top - more);
    context.strokeRect(x, y, wide + 2 * more, high + 2 * more);
  }

  outlinePatch(context, colour) {
    const { top, left, bottom, right, maps } = this.patch, [, wide, channels] = this.shape;
    for (const map of maps) {
      const first = (top * wide + left) * channels + map;
      const across = (right - left) * this.scale, down = (bottom - top) * this.scale;
      this.outline(context, first, colour, across, down);
    }
  }

  indexAt(event) {
    const [high, wide, channels] = this.shape, box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * this.canvas.width / box.width;
    const y = (event.clientY - box.top) * this.canvas.height / box.height;
    const across = wide * this.scale + GAP, down = high * this.scale + GAP;
    const column = Math.floor(x / across), row = Math.floor(y / down);
    const map = row * this.columns + column;
    if (map >= channels || column >= this.columns) return null;
    const px = within(Math.floor((x - column * across) / this.scale), wide);
    const py = within(Math.floor((y - row * down) / this.scale), high);
    return (py * wide + px) * channels + map;
  }

  choose(index) {
    if (index === null || index < 0) return;
    this.cursor = index;
    this.page.explanation.show(this, index);
  }

  onKey(event) {
    const [high, wide, channels] = this.shape, flat = high * wide === 1;
    let map = this.cursor % channels, pixel = Math.floor(this.cursor / channels);
    let y = Math.floor(pixel / wide), x = pixel % wide;
    const far = event.shiftKey ? 5 : 1;
    if (STEPS[event.key]) {
      const [right, down] = STEPS[event.key];
      if (flat) map += right * far + down * far * this.columns;
      else [x, y] = [x + right * far, y + down * far];
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      map += event.key === "PageUp" ? -1 : 1;
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return this.choose(this.cursor);
    } else if (event.key === "Escape") {
      return this.page.explanation.hide();
    } else {
      return;
    }
    event.preventDefault();
    this.cursor = (within(y, high) * wide + within(x, wide)) * channels + within(map, channels);
    this.draw();
    const value = this.page.network.values[this.number][this.cursor];
    this.page.say(`${placeOf(this.cursor, this.layer.shape, this.page.image)}: ${told(value)}`);
  }
}
