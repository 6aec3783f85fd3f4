// Marks over the pictures of CrystalliteMap: rings at the places of features; boundaries and numbers of crystallites.
import { childrenOf, s, setAttribute, setText } from "./dom.js";
import { overlayText, placeText, textLayer } from "./frequency_plane.js";
import { boundaryPath } from "./grouping.js";
import { joinedBorders } from "./joined_borders.js";
import { overlayLine } from "./overlay_line.js";
import { followSize } from "./plot_frame.js";
import { circlePath } from "./quiver.js";

const LARGEST_RING = 2; // times the radius of the rings of all frames
const NUMBERED = 7; // px from the middle of a crystallite to its rim, at least, where its number is written

/** Add rings at places (n, 2) to the detector; returns paint(feature, strengths of the features, or null). */
export function placeMarks({ overlay }, places, { radius, full }) {
  const rings = s("path", { class: "tcbf-rings" });
  overlay.append(rings);
  overlay.classList.add("tcbf-clipped");
  const chosen = overlayLine(overlay, "tcbf-ring-chosen");
  const at = (i, r) => circlePath(places[2 * i + 1] + 0.5, places[2 * i] + 0.5, r);
  const radiusOf = (strength) => LARGEST_RING * radius * Math.sqrt(Math.min(1, Math.max(0, strength / full)));
  return (feature, strengths) => {
    let d = "";
    for (let i = 0; i < places.length / 2; i++) {
      const r = strengths ? radiusOf(strengths[i]) : radius;
      if (r > 0) d += at(i, r);
    }
    setAttribute(rings, "d", d);
    chosen(at(feature, 1.5 * radius));
  };
}

/** Add boundaries and numbers to the map of crystallites; returns {recut(), choose(), truth(shown)} of the state. */
export function labelMarks({ overlay, picture }, now, { centres, depths }) {
  const borders = s("path", { class: "tcbf-grid" });
  overlay.append(borders);
  overlay.classList.add("tcbf-clipped");
  // the halo of the truth below the chosen one, its dashes above: where both run, both are seen
  const [ground, dashes] = ["tcbf-truth-halo", "tcbf-truth"].map((name) => s("path", { class: name }));
  overlay.append(ground);
  const chosen = overlayLine(overlay, "tcbf-chosen");
  overlay.append(dashes);
  const layer = textLayer();
  picture.append(layer);
  let trueBorders = null;
  let unit = 0; // px, a frame
  const number = () => writeNumbers(layer, now, centres, (node) => depths[node] * unit >= NUMBERED);
  followSize(picture, (width) => {
    unit = width / now.scan[1];
    number();
  });
  return {
    recut() {
      setAttribute(borders, "d", boundaryPath(now.labels, now.scan));
      number();
    },
    choose: () => chosen(now.chosen === null ? "" : boundaryPath(now.labels, now.scan, now.chosen)),
    truth(shown) {
      if (shown) trueBorders ??= joinedBorders(now.truth, now.scan);
      for (const path of [ground, dashes]) setAttribute(path, "d", shown ? trueBorders : "");
    },
  };
}

function writeNumbers(layer, { cut, scan }, centres, fits) {
  const numbered = cut.nodes.flatMap((node, place) => (fits(node) ? [[node, place]] : []));
  const make = () => {
    const text = overlayText(" ");
    text.classList.add("tcbf-number");
    return text;
  };
  childrenOf(layer, numbered.length, make).forEach((text, i) => {
    const [node, place] = numbered[i];
    const [y, x] = centres[node];
    setText(text.firstElementChild, String(place + 1));
    placeText(text, (100 * (x + 0.5)) / scan[1], (100 * (y + 0.5)) / scan[0], { anchor: "middle", dy: 4 });
  });
}
