// A point in a picture that follows mouse and finger. With the keyboard it is moved by sliders beside the picture.
import { h } from "./dom.js";
import { followPress } from "./pressing.js";

/**
 * Put a point on a picture. move([y, x]) is told where it is wanted, in shares of the picture from 0 to 1; the returned
 * place([y, x]) puts its handle there. A mouse takes it wherever it is pressed, a finger at the handle, so that the
 * page can still be scrolled over the picture; a tap elsewhere brings the point there.
 */
export function makeDraggable(picture, move) {
  const handle = h("div", { class: "tcbf-handle" });
  const surface = h("div", { class: "tcbf-pick tcbf-draggable", "aria-hidden": "true" }, handle);
  picture.append(surface);
  const take = (event) => {
    const box = surface.getBoundingClientRect();
    move([(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width]);
  };
  followPress(surface, take, handle);
  return ([y, x]) => {
    handle.style.top = `${(100 * y).toFixed(2)}%`;
    handle.style.left = `${(100 * x).toFixed(2)}%`;
  };
}
