// What moves CrystalliteMap: two sliders, and a checkbox where the truth is known.
import { createCheckbox } from "./checkbox.js";
import { plural, short } from "./numbers.js";
import { createSlider } from "./slider.js";

const STEP = 0.005; // of the decimal logarithm of the threshold, at most

/** {nodes, paint()}, for a frame and the state of CrystalliteMap. */
export function createControls({ get, set }, now, { ranges, gap }) {
  const [low, high] = ranges.threshold;
  const feature = createSlider({
    label: "Feature",
    min: 1,
    max: now.features,
    text: (number) => `feature ${number} of ${now.features}`,
    onInput: (number) => set({ feature: number - 1 }),
  });
  const threshold = createSlider({
    label: "Threshold",
    min: low,
    max: high,
    log: true,
    step: evenStep(Math.log10(high / low)),
    decimals: Math.max(0, 2 - Math.floor(Math.log10(low))),
    ticks: gap.shown ? [{ value: Math.log10(gap.threshold), label: "largest gap" }] : [],
    text: (value) => `${short(value)}: ${plural(now.cut.nodes.length, "crystallite")}`,
    onInput: (value) => set({ threshold: value }),
  });
  const truth = createCheckbox("True boundaries", (on) => set({ true_boundaries: on }));
  truth.node.hidden = !now.truth;
  return {
    nodes: [feature.node, threshold.node, truth.node],
    paint() {
      feature.paint(now.feature + 1);
      threshold.paint(now.threshold);
      truth.paint(get("true_boundaries"));
    },
  };
}

// The last step, too, ends at the end: rounded down, for beyond it there is none.
function evenStep(decades) {
  const step = decades / Math.max(1, Math.ceil(decades / STEP));
  return Math.max(1e-9, Math.floor(1e9 * step) / 1e9);
}
