// Pressing a picture: with the mouse anywhere, with a finger so that the page can still be scrolled over it.

const SIDEWAYS = 8; // px that a finger moves aside before it is taken as dragging; up and down it scrolls the page

/**
 * Call take(event) where a surface is pressed, and wherever what pressed it goes until it is lifted. A finger or pen is
 * followed from the `grip` only, an element of the surface that does not scroll the page, or, where there is none,
 * once it goes sideways; all else it does is tap. The surface needs `touch-action: pan-y`.
 */
export function followPress(surface, take, grip = null) {
  let press = null; // {id, x, y, follows} of what is down
  let tapping = false;
  surface.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const mouse = event.pointerType === "mouse";
    const { pointerId: id, clientX: x, clientY: y } = event;
    const follows = mouse || event.target === grip;
    tapping = !follows;
    press = { id, x, y, follows };
    // a touch is captured anyway, by what it touches: whether there is a capture says nothing of what is followed
    surface.setPointerCapture(id);
    if (follows) take(event);
  });
  surface.addEventListener("pointermove", (event) => {
    if (press?.id !== event.pointerId) return;
    const aside = Math.abs(event.clientX - press.x);
    if (!grip && aside > SIDEWAYS && aside > Math.abs(event.clientY - press.y)) press.follows = true;
    if (press.follows) take(event);
  });
  // when the browser begins to scroll, it cancels
  for (const end of ["pointerup", "pointercancel"]) {
    surface.addEventListener(end, (event) => {
      if (press?.id === event.pointerId) press = null;
    });
  }
  surface.addEventListener("click", (event) => {
    if (tapping) take(event);
  });
}
