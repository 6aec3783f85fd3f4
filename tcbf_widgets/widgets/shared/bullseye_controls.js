// What moves BullseyeTemplate: the probe, its electrons, the threshold, and the radii of the template.
import { RADII, stopped } from "./bullseye_state.js";
import { createCheckbox } from "./checkbox.js";
import { h } from "./dom.js";
import { createExposure } from "./exposure.js";
import { fixed, grouped } from "./numbers.js";
import { createRunKey } from "./run_key.js";
import { createSlider } from "./slider.js";

const LABELS = { spot: "Spot", inner: "Inner", outer: "Outer", exclusion: "Exclusion", cross: "Bars" };
const PARTS = {
  disk: ["outer", "exclusion"],
  ring: ["inner", "outer", "exclusion", "cross"],
  bullseye: ["spot", "inner", "outer", "exclusion", "cross"],
};

/** {nodes, paint()}, for a frame and the state of BullseyeTemplate. */
export function createControls(frame, now, meta) {
  const { set } = frame;
  const names = meta.probes.map(({ name }) => name);
  const used = Object.keys(LABELS).filter((name) => meta.probes.some(({ kind }) => PARTS[kind].includes(name)));
  const radii = Object.fromEntries(used.map((name) => [name, radiusSlider(name, used, set, now, meta)]));
  const threshold = createSlider({
    label: "Threshold",
    ...ends(meta.ranges.threshold),
    step: 0.1,
    scale: 1,
    decimals: 1,
    ends: meta.ranges.threshold.map((end) => `${end}\u00a0σ`),
    text: (value) => `${fixed(value, 1)} standard deviations`,
    onInput: (value) => set({ threshold: value }),
  });
  const ofScan = meta.recorded ? [] : scanControls(frame, now, meta);
  const zeroSum = createCheckbox("Zero in sum", (on) => set({ zero_sum: on }));
  const probe = createRunKey({ label: "Probe", onInput: (name) => set({ probe: name }) });
  const row = (kind, ...all) => h("div", { class: `tcbf-bullseyerow tcbf-${kind}` }, ...all.map(({ node }) => node));
  const [electrons, ...exposure] = ofScan;
  return {
    nodes: [
      row("player", probe, zeroSum, ...exposure),
      row("doserow", ...(electrons ? [electrons] : []), threshold),
      row("radiirow", ...Object.values(radii)),
    ],
    paint() {
      const values = now.radii();
      for (const [name, slider] of Object.entries(radii)) {
        slider.paint(values[name]);
        const without = !PARTS[now.about().kind].includes(name);
        for (const input of slider.node.querySelectorAll("input")) input.disabled ||= without;
      }
      threshold.paint(now.threshold());
      probe.paint(names, now.number());
      zeroSum.paint(now.zeroSum());
      for (const control of ofScan) control.update();
    },
  };
}

const ends = ([min, max]) => ({ min, max });

function radiusSlider(name, used, set, now, { ranges, apart }) {
  const ordered = RADII.filter((other) => used.includes(other));
  const slider = createSlider({
    label: LABELS[name],
    ...ends(ranges[name]),
    step: 0.05,
    scale: 1,
    decimals: 2,
    unit: "px",
    text: (value) => `${fixed(value, 2)} pixels`,
    onInput: (value) => {
      set({ [name]: ordered.includes(name) ? stopped(name, value, now.radii(), apart, ordered) : value });
      slider.paint(now.radii()[name]); // where it stopped, also if that is where it was
    },
  });
  return slider;
}

function scanControls(frame, now, { ranges }) {
  const electrons = createSlider({
    label: "Electrons",
    ...ends(ranges.electrons),
    log: true,
    step: 0.01,
    unit: "e",
    ends: ranges.electrons.map(grouped),
    text: (value) => `${value} electrons a pattern`,
    onInput: (value) => frame.set({ electrons: value }),
  });
  const exposure = createExposure(frame, now.seed, (noise) => frame.set({ noise }));
  return [
    { node: electrons.node, update: () => electrons.paint(now.electrons()) },
    { node: exposure.node, update: () => exposure.paint(now.noise()) },
  ];
}
