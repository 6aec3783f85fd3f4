// What moves ProbeAndScan: three sliders, counting noise and exposures.
import { createExposure } from "./exposure.js";
import { compact, fixed, superscript } from "./numbers.js";
import { createSlider } from "./slider.js";

const ELECTRONS = 1e4; // per pattern, where counting begins

/** {nodes, paint()}, for a frame and the state of ProbeAndScan. */
export function createControls(frame, now, meta) {
  const sliders = makeSliders(frame, meta);
  let last = ELECTRONS; // without noise, the slider keeps the number of electrons that there were
  const exposure = createExposure(frame, now.seed, (on) => frame.set({ electrons: on ? last : null }));
  return {
    nodes: [...Object.values(sliders).map(({ node }) => node), exposure.node],
    paint() {
      sliders.defocus.paint(now.defocus());
      sliders.step.paint(now.stepIndex());
      last = now.electrons() ?? last;
      sliders.electrons.paint(last);
      exposure.paint(now.electrons() !== null);
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
  return `10${superscript(power)}`;
}
