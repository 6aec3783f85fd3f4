// Choosing in the pictures of CrystalliteMap: a feature on the detector, a crystallite in the map.
import { makePickable } from "./picking.js";

const REACH = 3; // radii of a ring around a place that is pressed
const HELP =
  "Arrow keys go to the next crystallite, Home to the largest, End to the smallest; " +
  "Escape shows all frames, as does pressing the crystallite again";
const RINGS = "While a crystallite is shown, a ring is the larger the stronger the feature is in its mean pattern";

/** Choose a feature by its place (n, 2); what a mouse passes over is shown by repaint("hover"). */
export function pickFeature(panel, places, now, { ring }, { get, set }, repaint) {
  const points = Array.from({ length: now.features }, (_, i) => [places[2 * i], places[2 * i + 1]]);
  return makePickable(panel, {
    label: "Feature on the detector",
    help: RINGS,
    points: () => points,
    index: () => get("feature"),
    find(row, column) {
      const distance = ([y, x]) => Math.hypot(y - row, x - column);
      const best = points.reduce((near, point, i) => (distance(point) < distance(points[near]) ? i : near), 0);
      return distance(points[best]) <= REACH * ring.radius ? best : -1;
    },
    choose: (feature) => set({ feature }),
    preview(feature) {
      if (feature === now.hovered.feature) return;
      now.hovered.feature = feature;
      repaint("hover");
    },
  });
}

/** Choose the crystallite of a frame, or with keys one after the other by its centre(place). */
export function pickCrystallite(panel, now, centre, { get, set }, repaint) {
  let under = null; // the frame that was last pointed at
  let released = null; // the crystallite that was let go, for as long as the mouse stays on it
  const picker = makePickable(panel, {
    label: "Crystallite",
    help: HELP,
    points: () => now.cut.nodes.map((_, place) => centre(place)),
    index: () => now.chosen ?? -1,
    find(row, column) {
      under = [row, column];
      return now.numberAt(row, column);
    },
    choose(place) {
      const pointed = under && now.numberAt(...under) === place;
      set({ position: pointed ? under : centre(place) });
    },
    preview(place) {
      if (place !== released) released = null;
      const position = place === null || place === released ? null : under;
      if (String(position) === String(now.hovered.position)) return;
      now.hovered.position = position;
      repaint("hover");
    },
  });
  releaseOnSecondClick(picker.surface, now, get, (place) => {
    released = place;
    now.hovered.position = null;
    set({ position: null });
  });
  picker.surface.addEventListener("keydown", (event) => {
    // with these held, or with nothing chosen, the key is the browser's or the notebook's
    const held = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (event.key !== "Escape" || held || !get("position")) return;
    event.preventDefault();
    event.stopPropagation();
    set({ position: null });
  });
  return picker;
}

// Pressed and lifted without leaving it, a crystallite that was chosen already is let go.
function releaseOnSecondClick(surface, now, get, release) {
  const chosen = () => (get("position") ? now.numberAt(...get("position")) : null);
  let before = null; // chosen when the press began, until the press leaves it
  surface.addEventListener("pointerdown", () => (before = chosen()), { capture: true });
  surface.addEventListener("pointermove", () => {
    if (chosen() !== before) before = null;
  });
  surface.addEventListener("click", () => {
    if (before !== null && chosen() === before) release(before);
    before = null;
  });
}
