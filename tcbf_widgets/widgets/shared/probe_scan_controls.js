// What moves ProbeAndScan: three sliders, counting noise and exposures.
import { h, uniqueId } from "./dom.js";
import { compact, fixed } from "./numbers.js";
import { createSlider } from "./slider.js";

const ELECTRONS = 1e4; // per pattern, where counting begins

/** {nodes, paint()}, for a frame and the state of ProbeAndScan. */
export function createControls(frame, now, meta) {
  const sliders = makeSliders(frame, meta);
  const noise = makeNoise(frame, now, meta);
  return {
    nodes: [...Object.values(sliders).map(({ node }) => node), noise.node],
    paint() {
      sliders.defocus.paint(now.defocus());
      sliders.step.paint(now.stepIndex());
      sliders.electrons.paint(noise.paint());
    },
  };
}

function makeSliders({ set }, { ranges, steps, sampling, defocus }) {
  const [least, most] = ranges.defocus;
  return {
    defocus: createSlider({
      label: "Defocus",
      min: least,
      max: most,
      step: 10,
      scale: 1,
      unit: "Å",
      ticks: [{ value: defocus, label: "of the scan" }],
      text: (value) => `${fixed(value, 0)} Å`,
      onInput: (value) => set({ defocus: value }),
    }),
    step: createSlider({
      label: "Step",
      min: 0,
      max: steps.length - 1,
      values: steps,
      unit: "px",
      text: (index) => `${steps[index]} pixels, ${fixed(steps[index] * sampling, 1)} Å`,
      onInput: (index) => set({ step: steps[index] }),
    }),
    electrons: createSlider({
      label: "Electrons",
      min: ranges.electrons[0],
      max: ranges.electrons[1],
      log: true,
      step: 0.01,
      unit: "e",
      ends: ranges.electrons.map(powerOfTen),
      text: (value) => `${value} electrons a pattern`,
      onInput: (electrons) => set({ electrons }),
    }),
  };
}

function powerOfTen(number) {
  const power = Math.log10(number);
  if (power < 4 || !Number.isInteger(power)) return compact(number);
  return `10${[...String(power)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`;
}

// Without noise, the slider keeps the number of electrons that there were.
function makeNoise({ set }, now, { ranges }) {
  let last = ELECTRONS;
  const id = uniqueId("noise");
  const check = h("input", { type: "checkbox", id });
  check.addEventListener("change", () => set({ electrons: check.checked ? last : null }));
  const next = () => set({ seed: (now.seed() + 1) % (ranges.seed[1] + 1) });
  const again = h("button", { type: "button", onclick: next }, "Another exposure");
  const choice = h("div", { class: "tcbf-choice" }, check, h("label", { for: id }, "Counting noise"));
  const paint = () => {
    const electrons = now.electrons();
    check.checked = electrons !== null;
    again.disabled = electrons === null;
    last = electrons ?? last;
    return last;
  };
  return { node: h("div", { class: "tcbf-player tcbf-exposure" }, choice, again), paint };
}
