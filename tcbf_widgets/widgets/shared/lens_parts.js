// What views have in common in which a lens is moved by hand: the moved sum under a meter, the field of its shifts, and
// the rule by which the lens goes to where the sliders are.
import { fromPairs, toPairs } from "./explorer_state.js";
import { AXES_REACH, createFieldPanel } from "./field_panel.js";
import { createImagePanel } from "./image_panel.js";
import { createMeter } from "./meter.js";
import { scanReadout } from "./readout.js";
import { createTransition } from "./transition.js";

/** createMovedImage({image, scanShape}, meta, what the meter shows): {image, meter}. */
export function createMovedImage(data, meta, measure) {
  const image = createImagePanel({
    name: "image",
    title: "Image",
    shape: data.scanShape,
    pixelSize: meta.scan_sampling,
    unit: "Å",
    readout: (row, column) => scanReadout(meta, row, column, data.image[row * data.scanShape[1] + column]),
  });
  const meter = createMeter(measure);
  const heading = image.node.firstChild;
  heading.classList.add("tcbf-titlerow");
  heading.append(meter.node);
  return { image, meter };
}

/** A field of arrows over the disk, without a map. */
export function createShiftField(meta, keys, readout) {
  const radius = meta.disk_radius * meta.reciprocal_sampling[1];
  const map = { shape: [1, 1], corner: [0, 0], step: [0, 0] };
  return createFieldPanel({ title: "Shifts", radius, longest: meta.longest, half: AXES_REACH * radius, map, keys, readout });
}

/**
 * createLensMotion(signal, draw(values, whether on the way)): to(values, whether it is seen to go there). The lens that
 * is there already, or on its way, is drawn again: something else has changed.
 */
export function createLensMotion(signal, draw) {
  let goal = null;
  const motion = createTransition((pairs) => draw(fromPairs(pairs), pairs !== goal));
  signal.addEventListener("abort", motion.stop);
  return (values, moving) => {
    const wanted = toPairs(values);
    if (goal && String(wanted.lens) === String(goal.lens)) return motion.redraw();
    goal = wanted;
    motion.to(goal, moving);
  };
}
