// The pair of shifts, an arrow and its ring, to which the pointer is nearest: ringed, and in numbers.
import { setAttribute, setText } from "./dom.js";
import { fixed } from "./numbers.js";
import { circlePath, nearest } from "./quiver.js";

const AROUND = 8; // pixels from the ends of both to the ring around them

/**
 * followPairs(panel of createFieldPanel, {k, arrows: () -> pairs, rings: () -> pairs}): returns refresh(), for when the
 * arrows have moved under a pointer that rests.
 */
export function followPairs(panel, { k, arrows, rings }) {
  let at = null;
  const refresh = () => {
    const cell = at ? nearest(k, ...at) : -1;
    panel.picture.parentNode.classList.toggle("tcbf-pointing", cell >= 0);
    if (cell < 0) {
      panel.key.setValues([]);
      setText(panel.pointed, "");
      return setAttribute(panel.layers.chosen, "d", "");
    }
    const both = [arrows()[cell], rings()[cell]];
    const [ky, kx] = k[cell];
    setText(panel.pointed, `k = (${fixed(ky, 2)}, ${fixed(kx, 2)}) 1/Å: ${fixed(apart(...both), 1)} Å apart`);
    const [first, second] = both.map(pairText);
    panel.key.setValues([first, `${second} Å`]);
    setAttribute(panel.layers.chosen, "d", ringAround(panel.view, k[cell], both));
  };
  panel.picture.addEventListener("pointermove", (event) => {
    at = panel.place(event);
    refresh();
  });
  panel.picture.addEventListener("pointerleave", () => {
    at = null;
    refresh();
  });
  return refresh;
}

const apart = ([y, x], [otherY, otherX]) => Math.hypot(y - otherY, x - otherX);

// Below 100 Å a tenth matters.
export function pairText([y, x]) {
  const decimals = Math.max(Math.abs(y), Math.abs(x)) < 99.95 ? 1 : 0;
  return `(${fixed(y, decimals)}, ${fixed(x, decimals)})`;
}

// Where there is no fit, the ring is around the measured shift alone.
function ringAround({ x, y, perAngstrom }, [ky, kx], pairs) {
  const ends = pairs.filter((pair) => pair.every(Number.isFinite));
  if (!ends.length) return "";
  const points = ends.map(([dy, dx]) => [y(ky) + dy * perAngstrom, x(kx) + dx * perAngstrom]);
  const [first, last] = [points[0], points.at(-1)];
  const radius = AROUND + Math.round(apart(first, last) / 2);
  return circlePath((first[1] + last[1]) / 2, (first[0] + last[0]) / 2, radius);
}
