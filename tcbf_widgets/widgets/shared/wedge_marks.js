// Marks over the pictures of MissingWedge: where one picture cuts the other, scales along the beam, limits of frequency.
import { s, setAttribute } from "./dom.js";
import { overlayText, placeText, textLayer } from "./frequency_plane.js";
import { short } from "./numbers.js";
import { overlayLine } from "./overlay_line.js";
import { niceLength } from "./scalebar.js";

const POINTS = 64; // of a line from the middle to the rim

/** Add the line where another picture cuts a picture of `height` x `width` pixels; returns paint(row). */
export function cutMark({ overlay }, [, width]) {
  const paint = overlayLine(overlay, "tcbf-cutline", "tcbf-limit-halo");
  return (row) => paint(`M0 ${row + 0.5}H${width}`);
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
 * `most` [kz, qx] in 1/Å; returns paint(limit(q), beta).
 */
export function wedgeMarks({ overlay, picture }, [height, width], most) {
  const half = overlayLine(overlay, "tcbf-half");
  const limit = overlayLine(overlay, "tcbf-limit");
  overlay.classList.add("tcbf-clipped");
  const texts = [axisText("k", "z"), axisText("q", "x"), overlayText("beam"), overlayText("W = ½")];
  picture.append(textLayer(...texts));
  const [beam, weight] = texts.slice(2);
  placeText(texts[0], 50, 0, { anchor: "middle", dy: 14 });
  placeText(texts[1], 100, 50, { anchor: "end", dx: -4, dy: 4 });
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
        const qx = (i * most[1]) / POINTS;
        const y = kz(qx);
        if (!Number.isFinite(y)) continue;
        d += `${pen}${round((width / 2) * (1 + (side * qx) / most[1]))} ${round((height / 2) * (1 - (up * y) / most[0]))}`;
        pen = "L";
      }
    }
    return d;
  };
  return (reached, beta) => {
    const end = (q) => (q === 0 || reached(q) > 0 ? reached(q) : NaN);
    limit(path(end));
    half(beta > 0 ? path((q) => q / beta) : "");
    placeBeam(beam, reached, most);
    placeHalf(weight, beta, most);
  };
}

/** An axis with its letter set lower. */
function axisText(axis, letter) {
  const text = overlayText(axis);
  text.firstElementChild.append(s("tspan", { class: "tcbf-lowered", dy: 3 }, letter));
  return text;
}

// At the upper left, where no scale is, within the cone, or above where that is thin.
function placeBeam(text, reached, [along, across]) {
  let best = 0;
  for (let i = 1; i <= POINTS; i++) if (reached((i * across) / POINTS) > reached((best * across) / POINTS)) best = i;
  const share = best / POINTS;
  const height = Math.min(reached(Math.min(share, 0.5) * across) / along, 0.86); // its right end is below the line, too
  const top = 50 * (1 - height);
  if (share > 0.75) placeText(text, 0, top, { dx: 4, dy: 16 });
  else placeText(text, 50 * (1 - share), top, { anchor: "middle", dy: height > 0.2 ? 16 : -8 });
}

// At the right, above the line, where it leaves the picture.
function placeHalf(text, beta, [along, across]) {
  setAttribute(text, "display", beta > 0 ? "inline" : "none");
  if (!(beta > 0)) return;
  const slope = across / beta / along; // heights of the picture for half of its width
  if (slope < 0.85) placeText(text, 100, 50 * (1 - slope), { anchor: "end", dx: -4, dy: -6 });
  else placeText(text, 50 * (1 + 0.85 / slope), 7.5, { dx: 8, dy: 4 });
}

const round = (number) => Math.round(100 * number) / 100;

