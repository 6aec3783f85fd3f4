// Marks over the pictures of MissingWedge: where one picture cuts the other, scales along the beam, limits of frequency.
import { s, setAttribute } from "./dom.js";
import { overlayText, textLayer } from "./frequency_plane.js";
import { short } from "./numbers.js";
import { niceLength } from "./scalebar.js";

const POINTS = 64; // of a line from the middle to the rim

const layers = (halo, line) => [halo, line].map((name) => s("path", { class: name }));

/** Add the line where another picture cuts a picture of `height` x `width` pixels; returns paint(row). */
export function cutMark({ overlay }, [, width]) {
  const paths = layers("tcbf-limit-halo", "tcbf-cutline");
  overlay.append(...paths);
  return (row) => {
    for (const path of paths) setAttribute(path, "d", `M0 ${row + 0.5}H${width}`);
  };
}

/** Add an upright scale bar to a picture `height` high in a unit. */
export function uprightBar(picture, height, unit) {
  const length = niceLength(0.3 * height);
  const bar = s("rect", { x: "0", y: "0", width: "3", height: "100%" });
  const text = s("text", { x: "-6", y: "100%" }, `${short(length)} ${unit}`);
  const style = `height:${(100 * length) / height}%`;
  picture.append(s("svg", { class: "tcbf-uprightbar", style, "aria-hidden": "true" }, text, bar));
}

/**
 * Add the limit of the beam and the cone of half weight to a picture of size [height, width] of frequencies up to
 * `most` [kz, kx] in 1/Å; returns paint(limit(k), beta).
 */
export function wedgeMarks({ overlay, picture }, [height, width], most) {
  const limit = layers("tcbf-limit-halo", "tcbf-limit");
  const half = layers("tcbf-half-halo", "tcbf-half");
  overlay.append(...half, ...limit);
  overlay.classList.add("tcbf-clipped");
  const texts = [axisText("z"), axisText("x"), overlayText("beam"), overlayText("W = ½")];
  picture.append(textLayer(...texts));
  const [beam, weight] = texts.slice(2);
  place(texts[0], 50, 0, { anchor: "middle", dy: 14 });
  place(texts[1], 100, 50, { anchor: "end", dx: -4, dy: 4 });
  const path = (kz) => {
    let d = "";
    for (const [up, side] of [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ]) {
      let pen = "M";
      for (let i = 0; i <= POINTS; i++) {
        const kx = (i * most[1]) / POINTS;
        const y = kz(kx);
        if (!Number.isFinite(y)) continue;
        d += `${pen}${round((width / 2) * (1 + (side * kx) / most[1]))} ${round((height / 2) * (1 - (up * y) / most[0]))}`;
        pen = "L";
      }
    }
    return d;
  };
  return (reached, beta) => {
    const end = (k) => (k === 0 || reached(k) > 0 ? reached(k) : NaN);
    for (const line of limit) setAttribute(line, "d", path(end));
    for (const line of half) setAttribute(line, "d", beta > 0 ? path((k) => k / beta) : "");
    placeBeam(beam, reached, most);
    placeHalf(weight, beta, most);
  };
}

/** k with a lower letter. */
function axisText(letter) {
  const text = overlayText("k");
  text.append(s("tspan", { class: "tcbf-lowered", dy: 3 }, letter));
  return text;
}

// At the left, within the cone, or below where that is thin.
function placeBeam(text, reached, [along, across]) {
  let best = 0;
  for (let i = 1; i <= POINTS; i++) if (reached((i * across) / POINTS) > reached((best * across) / POINTS)) best = i;
  const share = Math.min(best / POINTS, 0.78);
  const height = Math.min(reached(share * across) / along, 0.86);
  place(text, 50 * (1 - share), 50 * (1 + height), { anchor: "middle", dy: height > 0.2 ? -8 : 15 });
}

// At the right, above the line, where it leaves the picture.
function placeHalf(text, beta, [along, across]) {
  setAttribute(text, "display", beta > 0 ? "inline" : "none");
  if (!(beta > 0)) return;
  const slope = across / beta / along; // heights of the picture for half of its width
  if (slope < 0.85) place(text, 100, 50 * (1 - slope), { anchor: "end", dx: -4, dy: -6 });
  else place(text, 50 * (1 + 0.85 / slope), 7.5, { dx: 8, dy: 4 });
}

function place(label, left, top, { anchor = "start", dx = 0, dy = 0 }) {
  const line = label.firstElementChild;
  setAttribute(label, "text-anchor", anchor);
  setAttribute(label, "y", `${top.toFixed(2)}%`);
  for (const [name, value] of Object.entries({ x: `${left.toFixed(2)}%`, dx, dy })) setAttribute(line, name, value);
}

const round = (number) => Math.round(100 * number) / 100;

