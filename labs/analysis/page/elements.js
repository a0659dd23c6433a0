"use strict";
/* Elements, numbers and steps, as the page has them. Text that comes from a run is only ever set as
   textContent. */

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

/* The nearest of 0 .. end - 1. */
const within = (value, end) => Math.min(end - 1, Math.max(0, value));

const STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

const data = value => made("data", { value: String(value), text: told(value) });
