// The little DOM building the views need.

const SVG = "http://www.w3.org/2000/svg";
// In a notebook every widget has this module to itself, and all of them share one page.
const own = Math.random().toString(36).slice(2, 8);
let serial = 0;

/** Unique id for label/for and aria-controls; several views of one model live on one page. */
export const uniqueId = (stem) => `tcbf-${stem}-${own}-${++serial}`;

export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Write text only where it changed: an untouched node costs no layout, and screen readers stay quiet. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** The children of a node, `count` of them: the last ones go, or more are made. */
export function childrenOf(node, count, make) {
  while (node.children.length > count) node.lastElementChild.remove();
  while (node.children.length < count) node.append(make());
  return [...node.children];
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
