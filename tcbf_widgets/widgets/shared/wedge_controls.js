// What moves MissingWedge: four sliders, and a button that fits the weight to the beam.
import { h } from "./dom.js";
import { fixed } from "./numbers.js";
import { createSlider } from "./slider.js";

/** {nodes, paint()}, for a frame and the state of MissingWedge. */
export function createControls(frame, now, meta) {
  const sliders = makeSliders(frame, meta);
  return {
    nodes: [...Object.values(sliders).map(({ node }) => node), matchButton(frame, now)],
    paint() {
      for (const [name, slider] of Object.entries(sliders)) slider.paint(now[name]());
    },
  };
}

function makeSliders({ set }, { ranges, sampling, thickness }) {
  const slider = (name, label, options) =>
    createSlider({
      label,
      min: ranges[name][0],
      max: ranges[name][1],
      text: (value) => `${fixed(value / (options.scale ?? 1), options.decimals)} ${options.said ?? options.unit ?? ""}`.trim(),
      onInput: (value) => set({ [name]: value }),
      ...options,
    });
  const place = (step) => ({ unit: "nm", scale: 10, decimals: 2, step });
  return {
    beta: slider("beta", "Weight β", { log: true, least: 1, step: 0.01, decimals: 1 }),
    semiangle: slider("semiangle", "Semi-angle", { unit: "mrad", scale: 1, step: 0.5, decimals: 1 }),
    depth: slider("depth", "Plane z", place(thickness)),
    y: slider("y", "Section y", place(sampling)),
  };
}

// The weight of large shapes is then one half at the limit of the beam.
function matchButton({ set }, now) {
  const match = () => set({ beta: Number((1 / now.angle()).toPrecision(3)) });
  const button = h("button", { type: "button", onclick: match }, "Fit the weight to the beam, β = 1/α");
  return h("div", { class: "tcbf-player tcbf-whole-row" }, button);
}
