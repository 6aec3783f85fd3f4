// Marks over the pictures of BullseyeTemplate: rings around disks that were found, dashed where disks truly are.
import { overlayLine } from "./overlay_line.js";
import { circlePath } from "./quiver.js";

const SMALL = 2.5; // pixels

// places (y, x) are middles of pixels
const circles = (places, radius) => places.map(({ y, x }) => circlePath(x + 0.5, y + 0.5, radius)).join("");

/** Add both kinds to a panel; returns paint(peaks, radius of the rings or a small one, true disks or none, theirs). */
export function diskMarks({ overlay }) {
  overlay.classList.add("tcbf-clipped");
  const truth = overlayLine(overlay, "tcbf-truedisk");
  const found = overlayLine(overlay, "tcbf-founddisk");
  return (peaks, radius = SMALL, disks = [], trueRadius = 0) => {
    truth(circles(disks, trueRadius));
    found(circles(peaks, radius));
  };
}
