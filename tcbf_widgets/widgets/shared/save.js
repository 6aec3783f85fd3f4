// Files for the reader: downloads through a link, text through the clipboard, the widget as a PNG.
import { h } from "./dom.js";

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
    const area = h("textarea", { style: "position:fixed;opacity:0", "aria-hidden": "true", tabindex: "-1" });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}

/** The widget as it stands on the page (without controls), twice as large, as a PNG blob. */
export async function snapshot(root, scale = 2) {
  const box = root.getBoundingClientRect();
  const shown = [...root.querySelectorAll(".tcbf-title, .tcbf-legend > span, .tcbf-picture > canvas, .tcbf-legend > canvas, svg, .tcbf-status")]
    .filter((node) => node.getClientRects().length && !node.closest("button, .tcbf-sheet, .tcbf-controls"));
  const skip = root.querySelector(".tcbf-controls").getBoundingClientRect();
  const canvas = h("canvas", { width: Math.ceil(box.width * scale), height: Math.ceil((box.height - skip.height) * scale) });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.fillStyle = pageColour(root);
  context.fillRect(0, 0, box.width, box.height);
  for (const node of shown) {
    const rect = node.getBoundingClientRect();
    const below = rect.top >= skip.bottom ? skip.height : 0;
    const at = { x: rect.left - box.left, y: rect.top - box.top - below, width: rect.width, height: rect.height };
    if (node instanceof HTMLCanvasElement) drawCanvas(context, node, at);
    else if (node instanceof SVGSVGElement) await drawSvg(context, node, at);
    else drawText(context, node, at);
  }
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function drawCanvas(context, canvas, at) {
  const picture = canvas.parentElement;
  context.imageSmoothingEnabled = picture.classList.contains("tcbf-smooth");
  context.drawImage(canvas, at.x, at.y, at.width, at.height);
  const { outlineStyle, outlineColor } = getComputedStyle(picture);
  if (outlineStyle === "none") return;
  context.strokeStyle = outlineColor;
  context.lineWidth = 3;
  context.strokeRect(at.x - 1.5, at.y - 1.5, at.width + 3, at.height + 3);
}

const SVG_STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "paint-order", "display", "vector-effect"];

async function drawSvg(context, svg, at) {
  const copy = svg.cloneNode(true);
  const originals = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    node.setAttribute("style", SVG_STYLES.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  });
  copy.setAttribute("width", at.width);
  copy.setAttribute("height", at.height);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  context.drawImage(image, at.x, at.y, at.width, at.height);
}

function drawText(context, node, at) {
  const style = getComputedStyle(node);
  const lineHeight = parseFloat(style.lineHeight) || 1.4 * parseFloat(style.fontSize);
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textBaseline = "middle";
  let line = "";
  let y = at.y + lineHeight / 2;
  for (const word of node.textContent.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && context.measureText(longer).width > at.width + 1) {
      context.fillText(line, at.x, y);
      y += lineHeight;
      line = word;
    } else line = longer;
  }
  context.fillText(line, at.x, y);
}

function pageColour(node) {
  for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour && !/^(transparent|rgba\(0, 0, 0, 0\))$/.test(colour)) return colour;
  }
  return "white";
}
