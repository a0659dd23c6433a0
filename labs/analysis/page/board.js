"use strict";
/* The image to draw on, by mouse, finger or keyboard. */

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
    if (event.key === " ") {
      event.preventDefault();
      this.showsCursor = true;
      this.line(this.cursor, this.cursor);
      return;
    }
    if (!STEPS[event.key]) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 : 1, [right, down] = STEPS[event.key];
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
    for (let k = 0; k < 3; k++) {
      picture.data[4 * i + k] = levels[i * depth + Math.min(k, depth - 1)];
    }
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}
