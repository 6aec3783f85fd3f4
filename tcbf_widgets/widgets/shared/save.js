// Files for the reader: downloads through a link, text through the clipboard, the widget as a PNG.
import { h, s } from "./dom.js";

/** Offer bytes or text as a file; works from file:// as well. */
export function download(name, content, type = "application/octet-stream") {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = h("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Copy text; a page without the clipboard permission gets the older way. Returns whether it worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    const area = h("textarea", { style: "position:fixed;opacity:0", "aria-hidden": "true", tabindex: "-1" });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus?.();
    return copied;
  }
}

const LEFT_OUT = ".tcbf-controls, .tcbf-sheet, .tcbf-options";

/** The widget as it stands on the page, without its controls, twice as large, as a PNG blob. */
export async function snapshot(root, scale = 2) {
  const box = root.getBoundingClientRect();
  const cuts = [...root.querySelectorAll(".tcbf-controls, .tcbf-sheet")]
    .map((node) => node.getBoundingClientRect())
    .filter((cut) => cut.height);
  const height = cuts.reduce((sum, cut) => sum - cut.height, box.height);
  const canvas = h("canvas", {
    width: Math.ceil((box.width + 8) * scale),
    height: Math.ceil((height + 8) * scale),
  });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.fillStyle = pageColour(root);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.translate(4, 4);
  // What lies below something left out moves up.
  const place = (rect) => {
    const up = cuts.reduce((sum, cut) => sum + (rect.top >= cut.bottom - 1 ? cut.height : 0), 0);
    return { x: rect.left - box.left, y: rect.top - box.top - up, width: rect.width, height: rect.height };
  };
  for (const node of root.querySelectorAll("canvas, svg, select")) {
    if (!node.getClientRects().length || node.closest(LEFT_OUT)) continue;
    const at = place(node.getBoundingClientRect());
    if (node instanceof HTMLCanvasElement) drawCanvas(context, node, at);
    else if (node instanceof SVGSVGElement) await drawSvg(context, node, at);
    else drawText(context, node, node.selectedOptions[0]?.text ?? "", { ...at, x: at.x + 4 });
  }
  for (const { node, text, rect } of textsIn(root)) drawText(context, node, text, place(rect));
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Every visible piece of HTML text with the element that styles it and its place. */
function* textsIn(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest(`${LEFT_OUT}, svg, select`)) continue;
    range.selectNodeContents(walker.currentNode);
    const rect = range.getBoundingClientRect();
    if (rect.width) yield { node, text: walker.currentNode.data, rect };
  }
}

function drawCanvas(context, canvas, at) {
  const picture = canvas.parentElement;
  if (picture.classList.contains("tcbf-gaps")) drawHatch(context, picture, at);
  context.imageSmoothingEnabled = picture.classList.contains("tcbf-smooth");
  context.drawImage(canvas, at.x, at.y, at.width, at.height);
  const { outlineStyle, outlineColor } = getComputedStyle(picture);
  if (outlineStyle === "none") return;
  context.strokeStyle = outlineColor;
  context.lineWidth = 3;
  context.strokeRect(at.x - 1.5, at.y - 1.5, at.width + 3, at.height + 3);
}

// As theme.css hatches the ground of a picture with gaps: lines 8 px apart, in the colour of its text.
function drawHatch(context, picture, { x, y, width, height }) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  for (let across = 0; across < width + height; across += 8 * Math.SQRT2) {
    context.moveTo(x + across, y + height);
    context.lineTo(x + across - height, y);
  }
  context.strokeStyle = getComputedStyle(picture).color;
  context.globalAlpha = 0.24;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}

const SVG_STYLES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "paint-order",
  "display",
  "vector-effect",
  "overflow",
];
const AROUND = 32;

async function drawSvg(context, svg, at) {
  const copy = svg.cloneNode(true);
  const originals = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    node.setAttribute("style", SVG_STYLES.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  });
  const size = { width: at.width, height: at.height };
  // what a drawing shows beyond its own box, such as a label longer than its scale bar, is kept
  const around = s("svg", { width: size.width + 2 * AROUND, height: size.height + 2 * AROUND });
  for (const [name, value] of Object.entries({ ...size, x: AROUND, y: AROUND })) copy.setAttribute(name, value);
  around.append(copy);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(around))}`;
  await image.decode();
  context.drawImage(image, at.x - AROUND, at.y - AROUND);
}

function drawText(context, node, text, at) {
  const style = getComputedStyle(node);
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textBaseline = "middle";
  const lines = wrap(context, text, at.width + 1);
  lines.forEach((line, i) => context.fillText(line, at.x, at.y + (at.height * (i + 0.5)) / lines.length));
}

function wrap(context, text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && context.measureText(longer).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function pageColour(node) {
  for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour && !/^(transparent|rgba\(0, 0, 0, 0\))$/.test(colour)) return colour;
  }
  // nothing on the page has a colour: the browser's own, light or dark
  const ground = h("div", { style: "background:Canvas" });
  node.append(ground);
  const colour = getComputedStyle(ground).backgroundColor;
  ground.remove();
  return colour;
}
