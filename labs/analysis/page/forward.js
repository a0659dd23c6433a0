"use strict";
/* A network's forward pass, and how each of its numbers comes about.

   Numbers lie as TensorFlow has them: row by row, and of each pixel all channels. Sums are made in
   64 bits and kept in 32. */

const ACTIVATIONS = {
  linear: x => x,
  relu: (x, of) => {
    const y = x > 0 ? x : x * (of.slope || 0) || (Number.isNaN(x) ? x : 0);
    return of.most == null ? y : Math.min(y, of.most);
  },
  relu6: x => Math.min(Math.max(x, 0), 6),
  leaky_relu: (x, of) => x >= 0 ? x : x * (of.slope ?? 0.2),
  elu: (x, of) => x >= 0 ? x : (of.alpha ?? 1) * Math.expm1(x),
  selu: x => 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  gelu: x => x * (1 + erf(x / Math.SQRT2)) / 2,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  softsign: x => x / (1 + Math.abs(x)),
  silu: x => x / (1 + Math.exp(-x)),
  exponential: Math.exp,
};

/* The error function, to 1.2e-7. Source: Press et al., "Numerical Recipes", erfcc. */
function erf(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const coefficients = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806,
    0.09678418, 0.37409196, 1.00002368, -1.26551223];
  const series = coefficients.reduce((sum, one) => sum * t + one, 0);
  const rest = t * Math.exp(-x * x + series);
  return x >= 0 ? 1 - rest : rest - 1;
}

function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = Array.from(scores, score => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map(power => power / sum);
}

function logSoftmax(scores) {
  const largest = Math.max(...scores);
  const sum = Array.from(scores).reduce((sum, score) => sum + Math.exp(score - largest), 0);
  return Array.from(scores, score => score - largest - Math.log(sum));
}

/* The probabilities nearest to the scores. Source: Duchi et al. 2008, as labs/tasks has it. */
function nearest(scores) {
  const falling = Array.from(scores).sort((a, b) => b - a);
  let sum = 0, excess = 0;
  falling.forEach((score, i) => {
    sum += score;
    if (score * (i + 1) > sum - 1) excess = (sum - 1) / (i + 1);
  });
  return Array.from(scores, score => Math.max(score - excess, 0));
}

const ANSWERS = { softmax, nearest };

function activate(activation, x, channels) {
  const whole = { softmax, log_softmax: logSoftmax }[activation.name];
  if (whole) {
    const y = new Float32Array(x.length);
    for (let i = 0; i < x.length; i += channels) y.set(whole(x.subarray(i, i + channels)), i);
    return y;
  }
  const one = ACTIVATIONS[activation.name];
  return activation.name === "linear" ? x : x.map(value => one(value, activation));
}

const product = shape => shape.reduce((a, b) => a * b, 1);
const last = shape => shape[shape.length - 1];

class Network {
  /* layers, output: as labs/analysis/page/alive.py makes them; weights: a Float32Array. */
  constructor({ layers, output }, weights) {
    const part = place => place && weights.subarray(place[0], place[0] + product(place[1]));
    this.output = output;
    this.layers = layers.map(layer => ({
      ...layer,
      kernelShape: layer.kernel && layer.kernel[1],
      kernel: part(layer.kernel),
      bias: part(layer.bias),
    }));
    this.values = [];  // what comes out of each layer
    this.sums = [];  // the same before its activation
  }

  /* Computes all layers for an image (numbers in [-0.5, 0.5)); returns the network's output. */
  run(image) {
    this.layers.forEach((layer, i) => {
      const inputs = layer.from.map(number => this.values[number]);
      const sums = layer.kind === "input" ? image : this[layer.kind](layer, inputs);
      this.sums[i] = sums;
      const { activation } = layer;
      this.values[i] = activation ? activate(activation, sums, last(layer.shape)) : sums;
    });
    return this.values[this.output];
  }

  same(layer, [x]) {
    return x;
  }

  dense(layer, [x]) {
    const [inputs, units] = layer.kernelShape, kernel = layer.kernel;
    const y = new Float32Array(x.length / inputs * units), sums = new Float64Array(units);
    for (let row = 0; row * inputs < x.length; row++) {
      sums.fill(0);
      if (layer.bias) sums.set(layer.bias);
      for (let i = 0; i < inputs; i++) {
        const value = x[row * inputs + i], at = i * units;
        if (value === 0) continue;
        for (let unit = 0; unit < units; unit++) sums[unit] += value * kernel[at + unit];
      }
      y.set(sums, row * units);
    }
    return y;
  }

  conv(layer, [x]) {
    const [height, width, channels] = this.layers[layer.from[0]].shape;
    const [high, wide, filters] = layer.shape;
    const [kernelHeight, kernelWidth] = layer.kernelShape, kernel = layer.kernel;
    const y = new Float32Array(high * wide * filters), sums = new Float64Array(filters);
    for (let row = 0; row < high; row++) {
      for (let column = 0; column < wide; column++) {
        sums.fill(0);
        if (layer.bias) sums.set(layer.bias);
        for (let i = 0; i < kernelHeight; i++) {
          const above = row * layer.strides[0] - layer.pads[0] + i * layer.dilation[0];
          if (above < 0 || above >= height) continue;
          for (let j = 0; j < kernelWidth; j++) {
            const left = column * layer.strides[1] - layer.pads[1] + j * layer.dilation[1];
            if (left < 0 || left >= width) continue;
            const from = (above * width + left) * channels;
            let at = (i * kernelWidth + j) * channels * filters;
            for (let channel = 0; channel < channels; channel++, at += filters) {
              const value = x[from + channel];
              if (value === 0) continue;  // as half of them are behind a relu
              for (let filter = 0; filter < filters; filter++) {
                sums[filter] += value * kernel[at + filter];
              }
            }
          }
        }
        y.set(sums, (row * wide + column) * filters);
      }
    }
    return y;
  }

  pool(layer, [x]) {
    const channels = last(layer.shape), y = new Float32Array(product(layer.shape));
    for (let i = 0; i < y.length; i++) {
      const channel = i % channels;
      const seen = this.window(layer, Math.floor(i / channels));
      let result = layer.of === "max" ? -Infinity : 0;
      for (const pixel of seen) {
        const value = x[pixel * channels + channel];
        if (layer.of === "average") result += value / seen.length;
        else if (value > result || Number.isNaN(value)) result = value;
      }
      y[i] = result;
    }
    return y;
  }

  /* The pixels that a pool sees for its pixel number `at`, those outside left out. */
  window(layer, at) {
    layer.windows ??= [];
    return layer.windows[at] ??= this.patch(layer, at).filter(pixel => pixel >= 0);
  }

  scale(layer, [x]) {
    const features = last(layer.shape);
    return x.map((value, i) => value * layer.kernel[i % features] + layer.bias[i % features]);
  }

  activation(layer, [x]) {
    return x;
  }

  add(layer, inputs) {
    return inputs[0].map((_, i) => inputs.reduce((sum, x) => sum + x[i], 0));
  }

  /* -------------------------------------------------------------------- where numbers are from */

  /* The pixels under the window of a convolution or a pool at its pixel `at`; -1 outside. */
  patch(layer, at) {
    const [height, width] = this.layers[layer.from[0]].shape;
    const [kernelHeight, kernelWidth] = layer.size || layer.kernelShape;
    const [down, right] = layer.dilation || [1, 1];
    const wide = layer.shape.length === 3 ? layer.shape[1] : 1;
    const top = Math.floor(at / wide) * layer.strides[0] - layer.pads[0];
    const left = at % wide * layer.strides[1] - layer.pads[1];
    const pixels = [];
    for (let i = 0; i < kernelHeight; i++) {
      for (let j = 0; j < kernelWidth; j++) {
        const y = top + i * down, x = left + j * right;
        pixels.push(y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1);
      }
    }
    return pixels;
  }

  /* How the number `index` of a layer is made of those before it.

     Returns terms: [{of: number of a layer, at: index in it, input, weight}], those outside left
     out; bias; sum; activation, its name or null; value; shape: of the terms as pictures, or null,
     and cells: for each number of it the term, or null where it is outside. */
  explain(number, index) {
    const layer = this.layers[number], channels = last(layer.shape), { activation } = layer;
    const cells = this[`${layer.kind}Terms`](layer, index, channels).map(cell =>
      cell && { of: layer.from[cell.of || 0], at: cell.at, weight: cell.weight });
    for (const cell of cells) if (cell) cell.input = this.values[cell.of][cell.at];
    const before = this.layers[layer.from[0]].shape;
    const source = product(before) === cells.length ? before : null;
    const shapes = {
      conv: () => [layer.kernelShape[0], layer.kernelShape[1], layer.kernelShape[2]],
      dense: () => source,
      pool: () => [...layer.size, 1],
    };
    return {
      cells,
      terms: cells.filter(cell => cell),
      shape: shapes[layer.kind] ? shapes[layer.kind]() : null,
      bias: layer.bias ? layer.bias[index % channels] : null,
      sum: this.sums[number][index],
      activation: activation && activation.name !== "linear" ? activation.name : null,
      value: this.values[number][index],
    };
  }

  denseTerms(layer, index, units) {
    const inputs = layer.kernelShape[0], first = Math.floor(index / units) * inputs;
    const weight = i => layer.kernel[i * units + index % units];
    return Array.from({ length: inputs }, (_, i) => ({ at: first + i, weight: weight(i) }));
  }

  convTerms(layer, index, filters) {
    const channels = layer.kernelShape[2], filter = index % filters;
    return this.patch(layer, Math.floor(index / filters)).flatMap((pixel, place) =>
      Array.from({ length: channels }, (_, channel) => pixel < 0 ? null : {
        at: pixel * channels + channel,
        weight: layer.kernel[(place * channels + channel) * filters + filter],
      }));
  }

  poolTerms(layer, index, channels) {
    const x = this.values[layer.from[0]], pixels = this.patch(layer, Math.floor(index / channels));
    const at = pixel => pixel * channels + index % channels;
    const inside = pixels.filter(pixel => pixel >= 0);
    const larger = (best, pixel) => x[at(pixel)] > x[at(best)] ? pixel : best;
    const largest = inside.reduce(larger, inside[0]);
    const weight = pixel => layer.of === "max" ? Number(pixel === largest) : 1 / inside.length;
    return pixels.map(pixel => pixel < 0 ? null : { at: at(pixel), weight: weight(pixel) });
  }

  scaleTerms(layer, index, features) {
    return [{ at: index, weight: layer.kernel[index % features] }];
  }

  activationTerms(layer, index) {
    return [{ at: index, weight: 1 }];
  }

  addTerms(layer, index) {
    return layer.from.map((_, of) => ({ of, at: index, weight: 1 }));
  }

  /* The layer whose numbers a layer hands on: itself, unless it changes nothing. */
  source(number) {
    const layer = this.layers[number];
    return layer.kind === "same" ? this.source(layer.from[0]) : number;
  }

  /* The pixels of the image on which some of a layer's depend: [top, left, bottom, right], the last
     two not included. box: the same of the layer's own pixels. */
  seen(number, box, image) {
    const layer = this.layers[number], [height, width] = image;
    const fits = layer.shape.length === 3 && layer.shape[0] === height && layer.shape[1] === width;
    const all = shape => shape.length === 3 ? [0, 0, shape[0], shape[1]] : [0, 0, 1, 1];
    if (layer.kind === "input") return fits ? box : [0, 0, height, width];
    const boxes = layer.from.map(from => {
      const before = this.layers[from].shape;
      if (layer.kind === "same" && this.layers[from].kind === "input" && fits) return box;
      const reshaped = layer.kind === "same" && String(before) !== String(layer.shape);
      if (layer.kind === "dense" || reshaped) {
        return this.seen(from, all(before), image);
      }
      if (!layer.strides) return this.seen(from, box, image);
      const size = layer.size || layer.kernelShape, [down, right] = layer.dilation || [1, 1];
      const top = box[0] * layer.strides[0] - layer.pads[0];
      const left = box[1] * layer.strides[1] - layer.pads[1];
      const bottom = (box[2] - 1) * layer.strides[0] - layer.pads[0] + (size[0] - 1) * down + 1;
      const end = (box[3] - 1) * layer.strides[1] - layer.pads[1] + (size[1] - 1) * right + 1;
      return this.seen(from, [
        Math.max(top, 0), Math.max(left, 0), Math.min(bottom, before[0]), Math.min(end, before[1]),
      ], image);
    });
    return boxes.reduce((a, b) => [
      Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3]),
    ]);
  }
}

/* Base64 as bytes. */
function bytesOf(text) {
  return Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
}

/* What labs/analysis/page/packed.py packed, as a Float32Array. */
async function unpacked(text) {
  const zipped = new Blob([bytesOf(text)]).stream();
  const stream = zipped.pipeThrough(new DecompressionStream("gzip"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / 4, bits = new Uint32Array(count);
  for (let plane = 0; plane < 4; plane++) {
    for (let i = 0; i < count; i++) bits[i] |= planes[plane * count + i] << (8 * plane);
  }
  return new Float32Array(bits.buffer);
}
