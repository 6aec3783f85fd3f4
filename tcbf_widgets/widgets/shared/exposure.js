// Counting noise, switched on and off, and the next exposure of the same picture.
import { createCheckbox } from "./checkbox.js";
import { h } from "./dom.js";

/** createExposure(frame, seed(), count) returns {node, paint(noise)}: count(on) switches the noise. */
export function createExposure({ set, meta }, seed, count) {
  const noise = createCheckbox("Counting noise", count);
  const next = () => set({ seed: (seed() + 1) % (meta.ranges.seed[1] + 1) });
  const again = h("button", { type: "button", onclick: next }, "Another exposure");
  const paint = (on) => {
    noise.paint(on);
    again.disabled = !on;
  };
  return { node: h("div", { class: "tcbf-player tcbf-exposure" }, noise.node, again), paint };
}

/** How a status calls it: seeds count from 0. */
export const exposureText = (seed) => `exposure ${seed + 1}`;
