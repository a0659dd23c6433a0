"use strict";
/* The network at work: an image to choose and draw on, the layers' maps, and what a number is made
   of. Text that comes from a run is only ever set as textContent. */

const find = id => document.getElementById(id);

function made(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/* A number as a person reads it, of four digits or so. */
function told(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2).replace("-", "−");
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 4).replace("-", "−");
}

const data = value => made("data", { value: String(value), text: told(value) });

/* ---------------------------------------------------------------------------------------- colours */

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

/* Sets a canvas's size where it is another one: to lay the page out anew takes longer than to draw. */
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

/* ------------------------------------------------------------------------------------------ shapes */

/* A layer's numbers as maps (high, wide, channels); those of a row of units are of one pixel each. */
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

/* ------------------------------------------------------------------------------- a layer on the page */

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
      Math.floor(map / this.columns) * (high * this.scale + GAP) + Math.floor(pixel / wide) * this.scale,
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
      this.outline(context, first, colour, (right - left) * this.scale, (bottom - top) * this.scale);
    }
  }

  indexAt(event) {
    const [high, wide, channels] = this.shape, box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * this.canvas.width / box.width;
    const y = (event.clientY - box.top) * this.canvas.height / box.height;
    const column = Math.floor(x / (wide * this.scale + GAP)), row = Math.floor(y / (high * this.scale + GAP));
    const map = row * this.columns + column;
    if (map >= channels || column >= this.columns) return null;
    const inner = (size, position, cell) => Math.min(size - 1, Math.max(0, Math.floor(position / cell)));
    const px = inner(wide, x - column * (wide * this.scale + GAP), this.scale);
    const py = inner(high, y - row * (high * this.scale + GAP), this.scale);
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
    const steps = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    };
    if (steps[event.key]) {
      const [right, down] = steps[event.key];
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
    const within = (value, end) => Math.min(end - 1, Math.max(0, value));
    this.cursor = (within(y, high) * wide + within(x, wide)) * channels + within(map, channels);
    this.draw();
    const value = this.page.network.values[this.number][this.cursor];
    this.page.say(`${placeOf(this.cursor, this.layer.shape, this.page.image)}: ${told(value)}`);
  }
}

/* ------------------------------------------------------------------------- what a number is made of */

const FEW = 10;  // terms that are listed at first

class Explanation {
  constructor(page) {
    this.page = page;
    this.view = null;
    this.all = false;
    this.element = made("div", { class: "explained", role: "region", id: "explained" });
  }

  show(view, index) {
    if (this.view && this.view !== view) this.forget();
    this.view = view;
    this.index = index;
    view.chosen = index;
    view.element.append(this.element);
    const name = `${view.layer.name}, ${placeOf(index, view.layer.shape, this.page.image)}`;
    this.element.setAttribute("aria-label", `How ${name} comes about`);
    this.update();
    const { network } = this.page;
    this.page.say(`${name} is ${told(network.values[view.number][index])}, made of ` +
      `${this.found.terms.length} inputs. The sum stands below the map.`);
  }

  forget() {
    this.view.chosen = null;
    for (const view of this.page.views) view.patch = null;
    this.view.draw();
    this.view = null;
    this.all = false;
  }

  hide() {
    if (!this.view) return;
    const canvas = this.view.canvas;
    this.element.remove();
    this.forget();
    canvas.focus();
    this.page.drawAll();
  }

  update() {
    if (!this.view) return;
    const { page, view, index } = this, { network, image } = page;
    this.found = network.explain(view.number, index);
    const close = made("button", { type: "button", text: "Close" });
    close.addEventListener("click", () => this.hide());
    const place = placeOf(index, view.layer.shape, image);
    this.element.replaceChildren(
      made("header", {}, made("h4", { text: `${view.layer.name}, ${place}` }), close),
      this.equation(), ...this.pictures(), this.table());
    this.markPatches();
    page.drawAll();
  }

  /* inputs × weights + bias = sum, activation. */
  equation() {
    const { terms, bias, sum, activation, value } = this.found;
    const total = terms.reduce((all, term) => all + term.input * term.weight, 0);
    const line = made("p", { class: "sum" });
    const several = terms.length === 1 ? "" : "s";
    line.append(`${terms.length.toLocaleString("en")} input${several} × weight${several}: `, data(total));
    if (bias !== null) line.append(bias < 0 ? " − bias " : " + bias ", data(Math.abs(bias)), " = ", data(sum));
    if (activation) line.append(`, ${activation}: `);
    else line.append(bias === null ? ", so it is " : ", so it is ");
    const result = made("b", {}, data(value));
    result.firstChild.className = "value";
    line.append(result);
    return line;
  }

  /* Inputs, weights and products as pictures, where there are many. */
  pictures() {
    const { shape, cells } = this.found;
    if (!shape || cells.length < 4) return [];
    const maps = asMaps(shape, this.page.image), [high, wide, channels] = maps;
    const side = Math.max(high, wide), scale = Math.max(1, Math.floor((channels === 1 ? 96 : 26) / side));
    const room = this.page.room - 30;
    const fitting = Math.max(1, Math.floor((room + GAP) / (wide * scale + GAP)));
    const columns = Math.min(channels, fitting, Math.max(8, Math.ceil(Math.sqrt(channels))));
    const kinds = {
      inputs: term => term.input,
      weights: term => term.weight,
      products: term => term.input * term.weight,
    };
    const outside = cells.length - this.found.terms.length;
    const figures = Object.entries(kinds).map(([name, of]) => {
      const values = cells.map(term => term && of(term));
      const largest = largestOf(values.filter(value => value !== null));
      const canvas = made("canvas", { role: "img", "aria-label": `${name}: ${channels} pictures of ` +
        `${high} by ${wide}, largest ${told(largest)}; the table below has the numbers` });
      drawMaps(canvas, values, maps, { scale, columns, gap: GAP, largest });
      return made("figure", {},
        made("figcaption", { text: `${name}, up to ±${told(largest)}` }), canvas);
    });
    const box = [made("div", { class: "pictures" }, ...figures)];
    const says = `${outside} places of the patch lie outside and count for nothing.`;
    return outside ? [...box, made("p", { class: "small", text: says })] : box;
  }

  table() {
    const { network, image } = this.page, { terms } = this.found;
    const size = term => Math.abs(term.input * term.weight);
    const sorted = this.all ? terms : [...terms].sort((a, b) => size(b) - size(a));
    const listed = this.all ? sorted : sorted.slice(0, FEW);
    const body = made("tbody");
    for (const term of listed) {
      const source = network.source(term.of), of = network.layers[source];
      const place = placeOf(term.at, of.kind === "input" ? image : of.shape, image);
      const name = of.kind === "input" ? "image" : of.name;
      body.append(made("tr", {}, made("th", { scope: "row", text: `${name}, ${place}` }),
        ...[term.input, term.weight, term.input * term.weight].map(one => made("td", {}, data(one)))));
    }
    const rest = sorted.slice(listed.length).reduce((sum, term) => sum + term.input * term.weight, 0);
    if (listed.length < terms.length) {
      const others = `the other ${(terms.length - listed.length).toLocaleString("en")} together`;
      body.append(made("tr", { class: "rest" }, made("th", { scope: "row", text: others }),
        made("td"), made("td"), made("td", {}, data(rest))));
    }
    const heads = ["input from", "input", "weight", "product"];
    const caption = this.all || terms.length <= FEW ? "All terms" : `The ${FEW} largest terms`;
    const table = made("table", {}, made("caption", { text: caption }),
      made("thead", {}, made("tr", {}, ...heads.map(text => made("th", { scope: "col", text })))), body);
    const scroll = made("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, table);
    if (terms.length <= FEW) return scroll;
    const text = this.all ? `Only the ${FEW} largest` : `All ${terms.length.toLocaleString("en")} terms`;
    const button = made("button", { type: "button", id: "all-terms", text });
    button.addEventListener("click", () => {
      this.all = !this.all;
      this.update();
      find("all-terms").focus();
    });
    return made("div", {}, scroll, button);
  }

  /* Outlines what the number sees, in the layers that it takes from and in the image. */
  markPatches() {
    const { page, view, index, found } = this, { network, image } = page;
    for (const other of page.views) other.patch = null;
    const of = new Map();
    for (const term of found.terms) {
      const source = network.source(term.of);
      if (!of.has(source)) of.set(source, []);
      of.get(source).push(term.at);
    }
    for (const [source, places] of of) {
      const other = page.views.find(one => one.number === source);
      if (!other || places.length === network.values[source].length) continue;
      const [, wide, channels] = other.shape;
      const ys = places.map(at => Math.floor(Math.floor(at / channels) / wide));
      const xs = places.map(at => Math.floor(at / channels) % wide);
      other.patch = {
        top: Math.min(...ys), bottom: Math.max(...ys) + 1, left: Math.min(...xs), right: Math.max(...xs) + 1,
        maps: new Set(places.map(at => at % channels)),
      };
    }
    const [, wide, channels] = view.shape, pixel = Math.floor(index / channels);
    const y = Math.floor(pixel / wide), x = pixel % wide;
    const box = view.layer.shape.length === 3 ? [y, x, y + 1, x + 1] : [0, 0, 1, 1];
    page.board.box = network.seen(view.number, box, image);
    page.board.draw();
  }
}

/* ----------------------------------------------------------------------------- the image to draw on */

class Board {
  constructor(page) {
    this.page = page;
    [this.high, this.wide] = page.image;
    this.depth = page.image[2] ?? 1;
    this.canvas = find("image");
    this.marks = find("marks");
    this.canvas.width = this.wide;
    this.canvas.height = this.high;
    this.marks.width = this.wide * 8;
    this.marks.height = this.high * 8;
    this.cursor = [Math.floor(this.wide / 2), Math.floor(this.high / 2)];
    this.box = this.last = null;
    this.showsCursor = false;
    const events = {
      pointerdown: event => this.begin(event),
      pointermove: event => this.goOn(event),
      pointerup: () => { this.last = null; },
      pointercancel: () => { this.last = null; },
      keydown: event => this.onKey(event),
      focus: () => { this.showsCursor = this.canvas.matches(":focus-visible"); this.draw(); },
      blur: () => { this.showsCursor = false; this.draw(); },
    };
    for (const [name, act] of Object.entries(events)) this.canvas.addEventListener(name, act);
    find("reset").addEventListener("click", () => {
      this.pixels.set(this.original);
      page.changed();
      page.say("The image is the original again.");
    });
  }

  show(pixels) {
    this.original = pixels;
    this.pixels = pixels.slice();
  }

  get isChanged() {
    return this.pixels.some((value, i) => value !== this.original[i]);
  }

  /* What the network sees: bytes as numbers in [-0.5, 0.5). */
  get numbers() {
    return Float32Array.from(this.pixels, byte => (byte - 128) / 256);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      Math.floor((event.clientX - box.left) / box.width * this.wide),
      Math.floor((event.clientY - box.top) / box.height * this.high),
    ];
  }

  begin(event) {
    this.canvas.setPointerCapture?.(event.pointerId);
    this.showsCursor = false;
    this.last = this.at(event);
    this.line(this.last, this.last);
  }

  goOn(event) {
    if (!this.last) return;
    const here = this.at(event);
    this.line(this.last, here);
    this.last = here;
  }

  line([fromX, fromY], [toX, toY]) {
    const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1);
    for (let i = 0; i <= steps; i++) {
      const part = i / steps;
      this.dab(Math.round(fromX + (toX - fromX) * part), Math.round(fromY + (toY - fromY) * part));
    }
    this.page.changed();
  }

  dab(x, y) {
    const tool = document.querySelector("input[name=tool]:checked").value;
    const size = Number(document.querySelector("input[name=size]:checked").value);
    const reach = (size - 1) / 2;
    for (let i = Math.max(0, y - reach); i <= Math.min(this.high - 1, y + reach); i++) {
      for (let j = Math.max(0, x - reach); j <= Math.min(this.wide - 1, x + reach); j++) {
        for (let k = 0; k < this.depth; k++) {
          const at = (i * this.wide + j) * this.depth + k;
          this.pixels[at] = { black: 0, white: 255, original: this.original[at] }[tool];
        }
      }
    }
  }

  onKey(event) {
    const steps = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    };
    if (event.key === " ") {
      event.preventDefault();
      this.showsCursor = true;
      this.line(this.cursor, this.cursor);
      return;
    }
    if (!steps[event.key]) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 : 1, [right, down] = steps[event.key];
    const within = (value, end) => Math.min(end - 1, Math.max(0, value));
    const [x, y] = this.cursor;
    this.cursor = [within(x + right * far, this.wide), within(y + down * far, this.high)];
    this.showsCursor = true;
    this.draw();
    const at = (this.cursor[1] * this.wide + this.cursor[0]) * this.depth;
    this.page.say(`row ${this.cursor[1]}, column ${this.cursor[0]}: ${this.pixels[at]} of 255`);
  }

  /* A cross at each point of the output: x and y, -0.5 at the left and at the top. */
  drawPoints(marks) {
    const side = 8 * Math.max(this.wide, this.high), at = i => (this.page.outputs[i] + 0.5) * side;
    marks.lineWidth = 4;
    marks.strokeStyle = "#ff2828";
    for (let i = 0; i < this.page.outputs.length; i += 2) {
      marks.beginPath();
      for (const [x, y] of [[10, 0], [0, 10]]) {
        marks.moveTo(at(i) - x, at(i + 1) - y);
        marks.lineTo(at(i) + x, at(i + 1) + y);
      }
      marks.stroke();
    }
  }

  draw() {
    paint(this.canvas, this.pixels, this.wide, this.high, this.depth);
    const marks = this.marks.getContext("2d");
    marks.clearRect(0, 0, this.marks.width, this.marks.height);
    const framed = ([top, left, bottom, right], colour, width) => {
      marks.strokeStyle = colour;
      marks.lineWidth = width;
      marks.strokeRect(8 * left + 1, 8 * top + 1, 8 * (right - left) - 2, 8 * (bottom - top) - 2);
    };
    if (this.box) framed(this.box, "#ff2d80", 3);
    if (this.page.made === "points") this.drawPoints(marks);
    if (this.showsCursor) {
      const [x, y] = this.cursor;
      framed([y - 1, x - 1, y + 2, x + 2], "#000000", 5);
      framed([y - 1, x - 1, y + 2, x + 2], "#ffffff", 2);
    }
  }
}

/* Draws levels of grey or of colours, 0 to 255, as they are. */
function paint(canvas, levels, wide, high, depth) {
  const context = canvas.getContext("2d"), picture = context.createImageData(wide, high);
  for (let i = 0; i < wide * high; i++) {
    for (let k = 0; k < 3; k++) picture.data[4 * i + k] = levels[i * depth + Math.min(k, depth - 1)];
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

/* ------------------------------------------------------------------------------------- the page */

class Page {
  constructor(given, weights) {
    Object.assign(this, given);
    this.network = new Network(given, weights);
    this.board = new Board(this);
    this.explanation = new Explanation(this);
    const shown = this.network.layers.map((layer, i) => i)
      .filter(i => !["input", "same"].includes(this.network.layers[i].kind));
    this.views = shown.map(number => new LayerView(this, number));
    const opened = view => this.views.length <= 12 || view.layer.kernelShape?.length > 1 || view.layer.kind === "add";
    for (const view of this.views) view.element.open = opened(view);
    find("layers").append(...this.views.map(view => view.element));
    this.look();
    this.addFaces();
    this.choose(0);
  }

  /* Learns how wide the layers may be and which colour marks them, which only a new layout changes. */
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
    const text = this.isShares && Number.isFinite(value) ? value.toFixed(4) : told(value);
    return made("data", { value: String(value), text });
  }

  showScores() {
    find("output").hidden = this.made !== "picture";
    if (this.made === "picture") this.showPicture();
    const listed = this.made === "picture" ? 0 : FEW;
    const shown = this.names ? this.answer : this.answer.slice(0, listed);
    const share = this.isShares ? 1 : largestOf(shown), best = Math.max(...shown);
    const rows = shown.map((value, i) => {
      const name = this.names ? this.names[i] : `output ${i}`;
      const bar = made("span", { class: "bar" });
      bar.style.width = `${Math.min(1, Math.abs(value) / share || 0) * 100}%`;
      return made("li", { class: this.isShares ? value === best ? "best" : null : value < 0 ? "below" : "above" },
        made("span", { class: "name", text: name }),
        made("span", { class: "track", "aria-hidden": "true" }, bar),
        made("span", { class: "number" }, this.score(value)));
    });
    const left = this.answer.length - shown.length;
    if (left) rows.push(made("li", { text: `${shown.length ? "and " : ""}${left.toLocaleString("en")} ${shown.length ? "more" : "numbers"}` }));
    find("scores").replaceChildren(...rows);
    const before = this.first && this.board.isChanged && this.isShares
      ? `On the original: ${shown.map((_, i) => `${this.names[i]} ${this.first[i].toFixed(4)}`).join(", ")}. ` : "";
    find("time").textContent = `${before}Computed in ${this.milliseconds.toFixed(0)} ms.`;
  }

  /* The output as a picture, such as the image that it should be. */
  showPicture() {
    const canvas = find("output"), [high, wide, depth = 1] = this.image;
    [canvas.width, canvas.height] = [wide, high];
    paint(canvas, this.outputs.map(value => 256 * value + 128), wide, high, depth);
  }

  tellScores() {
    const shown = this.names ? this.answer : this.answer.slice(0, 4);
    const named = (value, i) => `${this.names ? this.names[i] : `output ${i}`} ${this.score(value).textContent}`;
    this.say(shown.map(named).join(", "));
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
