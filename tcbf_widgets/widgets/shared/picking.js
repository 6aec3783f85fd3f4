// Choosing a thing in a picture: by pointer or touch, and by arrow keys towards the neighbour in that direction.
// For assistive technology it is a slider through the things, with the thing's description as its value.
import { h, setAttribute, uniqueId } from "./dom.js";
import { clamp } from "./numbers.js";
import { followPress } from "./pressing.js";
import { nextInDirection } from "./quiver.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const PAGE = 4; // rows

/**
 * Put a picking surface over a panel {picture, place(event)}.
 * points() are (y, x) of the things, index() the chosen one (-1 for none), find(...place) -> index or -1,
 * choose(index). With preview(index or null), a mouse shows what it passes over, and leaving returns to the chosen
 * thing. Where things stand in rows, row after row, across() is how many stand in one; help says more about keys and
 * picture.
 */
export function makePickable(panel, { label, help = "", points, index, find, choose, preview, across = null }) {
  const id = uniqueId("help");
  const surface = h("div", {
    class: "tcbf-pick tcbf-pickable",
    role: "slider",
    tabindex: "0",
    "aria-label": label,
    "aria-describedby": help ? id : null,
    "aria-valuemin": 1,
  });
  panel.picture.append(surface, ...(help ? [h("span", { id, hidden: true }, help)] : []));
  const pick = (event) => {
    const place = panel.place(event);
    const found = place ? find(...place) : -1;
    if (found >= 0) choose(found);
  };
  followPress(surface, pick);
  if (preview) {
    surface.addEventListener("pointermove", (event) => {
      const place = event.pointerType === "mouse" ? panel.place(event) : null;
      const found = place ? find(...place) : -1;
      preview(found >= 0 ? found : null);
    });
    surface.addEventListener("pointerleave", () => preview(null));
  }
  surface.addEventListener("keydown", (event) => {
    // with these held, the key is the browser's or the notebook's
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = index();
    const next = keyTarget(event.key, points(), Math.max(0, from), across?.());
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (next !== from) choose(next);
  });
  return {
    surface,
    paint(number, count, text) {
      setAttribute(surface, "aria-valuemax", count);
      setAttribute(surface, "aria-valuenow", number);
      setAttribute(surface, "aria-valuetext", text);
    },
  };
}

function keyTarget(key, points, from, across) {
  if (ARROWS[key]) return nextInDirection(points, from, ARROWS[key]);
  if (across) return keyInRows(key, points.length, from, across);
  const last = points.length - 1;
  const page = Math.max(1, Math.round(points.length / 10));
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key === "PageUp") return clamp(from + page, 0, last);
  if (key === "PageDown") return clamp(from - page, 0, last);
  return null;
}

// As arrows do, keys go where they point to: a page is so many rows up or down.
function keyInRows(key, count, from, across) {
  const column = from % across;
  const first = from - column;
  if (key === "Home") return first;
  if (key === "End") return first + across - 1;
  if (key === "PageUp") return Math.max(column, from - PAGE * across);
  if (key === "PageDown") return Math.min(count - across + column, from + PAGE * across);
  return null;
}
