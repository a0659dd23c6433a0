"use strict";
/* What a number is made of: inputs, weights, products, their sum, and what it sees of the image. */

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
    const count = terms.length.toLocaleString("en");
    line.append(`${count} input${several} × weight${several}: `, data(total));
    if (bias !== null) {
      const sign = bias < 0 ? "−" : "+";
      line.append(` ${sign} bias `, data(Math.abs(bias)), " = ", data(sum));
    }
    line.append(activation ? `, ${activation}: ` : ", so it is ");
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
    const wanted = channels === 1 ? 96 : 26;  // pixels of a side
    const scale = Math.max(1, Math.floor(wanted / Math.max(high, wide)));
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
      const says = `${name}: ${channels} pictures of ${high} by ${wide}, up to ${told(largest)}; ` +
        "the table below has the numbers";
      const canvas = made("canvas", { role: "img", "aria-label": says });
      drawMaps(canvas, values, maps, { scale, columns, gap: GAP, largest });
      return made("figure", {},
        made("figcaption", { text: `${name}, up to ±${told(largest)}` }), canvas);
    });
    const box = [made("div", { class: "pictures" }, ...figures)];
    const says = `${outside} places of the patch lie outside and count for nothing.`;
    return outside ? [...box, made("p", { class: "small", text: says })] : box;
  }

  table() {
    const { terms } = this.found;
    const size = term => Math.abs(term.input * term.weight);
    const sorted = this.all ? terms : [...terms].sort((a, b) => size(b) - size(a));
    const listed = this.all ? sorted : sorted.slice(0, FEW);
    const body = made("tbody", {}, ...listed.map(term => this.row(term)));
    if (listed.length < terms.length) body.append(this.rest(sorted.slice(listed.length)));
    const heads = ["input from", "input", "weight", "product"];
    const head = made("tr", {}, ...heads.map(text => made("th", { scope: "col", text })));
    const caption = listed.length === terms.length ? "All terms" : `The ${FEW} largest terms`;
    const scroll = made("div", {
      class: "scroll", tabindex: "0", role: "group", "aria-label": caption,
    }, made("table", {}, made("caption", { text: caption }), made("thead", {}, head), body));
    return terms.length <= FEW ? scroll : made("div", {}, scroll, this.moreOrLess());
  }

  row(term) {
    const { network, image } = this.page, of = network.layers[network.source(term.of)];
    const isImage = of.kind === "input";
    const place = placeOf(term.at, isImage ? image : of.shape, image);
    const numbers = [term.input, term.weight, term.input * term.weight];
    return made("tr", {},
      made("th", { scope: "row", text: `${isImage ? "image" : of.name}, ${place}` }),
      ...numbers.map(number => made("td", {}, data(number))));
  }

  rest(terms) {
    const sum = terms.reduce((all, term) => all + term.input * term.weight, 0);
    const text = `the other ${terms.length.toLocaleString("en")} together`;
    return made("tr", {},
      made("th", { scope: "row", text }), made("td"), made("td"), made("td", {}, data(sum)));
  }

  moreOrLess() {
    const count = this.found.terms.length.toLocaleString("en");
    const text = this.all ? `Only the ${FEW} largest` : `All ${count} terms`;
    const button = made("button", { type: "button", id: "all-terms", text });
    button.addEventListener("click", () => {
      this.all = !this.all;
      this.update();
      find("all-terms").focus();
    });
    return button;
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
        top: Math.min(...ys),
        left: Math.min(...xs),
        bottom: Math.max(...ys) + 1,
        right: Math.max(...xs) + 1,
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
