// A conventional and a scanning microscope with the same rays, side by side: traced here, live.
import { createCheckbox } from "./shared/checkbox.js";
import { csvText } from "./shared/csv.js";
import { h } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { columns } from "./shared/image_panel.js";
import { MICRON, clamp, fixed } from "./shared/numbers.js";
import { createRayDiagram, rayKey } from "./shared/ray_diagram.js";
import * as drawing from "./shared/reciprocity_drawing.js";
import { describe } from "./shared/reciprocity_words.js";
import { createSlider } from "./shared/slider.js";

const SWITCHES = {
  traces: "All rays of this direction",
  tilted_beams: "All directions of one point",
  inverted: "Inverted source (STEM upside down)",
};
const TRAITS = ["defocus", "tilt", ...Object.keys(SWITCHES)];

export function whatIsMissing() {
  return "";
}

export function show({ model, el, signal }) {
  const now = () => stateOf(model);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now) });
  const { meta, set } = frame;
  const [ctem, stem] = [
    ["ctem", "CTEM, conventional"],
    ["stem", ""],
  ].map(([name, title]) => createRayDiagram({ name, title, half: drawing.HALF, depth: drawing.DEPTH }));
  frame.panels.append(...columns([ctem], [stem]));
  const legend = makeKey(meta.exaggeration);
  frame.panels.after(legend.node);
  const sliders = makeSliders(set, meta);
  const switches = makeSwitches(set);
  frame.controls.append(sliders.defocus.node, sliders.tilt.node, switches.node);
  frame.watch((changed) => {
    const state = now();
    for (const name of ["defocus", "tilt"]) sliders[name].paint(state[name]);
    for (const { name, paint } of switches.boxes) paint(state[name]);
    if (!TRAITS.some((name) => changed.has(name))) return;
    const words = describe(state, meta.wavelength);
    ctem.paint(drawing.ctemDrawing(state), words.ctem);
    stem.paint(drawing.stemDrawing(state), words.stem);
    stem.setTitle(`STEM, ${state.inverted ? "upside down" : "scanning"}`);
    ctem.setFoot(words.ctemFoot);
    stem.setFoot(words.stemFoot);
    legend.show("disk", state.tilted_beams);
    frame.say(words.status);
  });
}

function stateOf(model) {
  const { ranges, semiangle, exaggeration } = model.get("meta");
  const numbers = Object.entries(ranges).map(([name, range]) => [name, clamp(model.get(name), ...range)]);
  const switches = Object.keys(SWITCHES).map((name) => [name, Boolean(model.get(name))]);
  return { semiangle, exaggeration, ...Object.fromEntries([...numbers, ...switches]) };
}

function makeKey({ angles, defocus }) {
  return rayKey(
    [
      ["axial", "this direction"],
      ["bar", "bright-field disk"],
      ["disk", "other directions"],
    ],
    `angles × ${angles}, defocus × ${defocus}`,
  );
}

function makeSliders(set, { ranges, semiangle }) {
  const rim = [-semiangle, semiangle].map((value) => ({ value, label: "rim" }));
  const slider = (name, label, unit, scale, step, decimals, ticks) => {
    const [min, max] = ranges[name];
    const text = (value) => `${fixed(value / scale, decimals)} ${unit}`;
    const onInput = (value) => set({ [name]: value });
    return createSlider({ label, min, max, step, unit, scale, decimals, ticks, text, onInput });
  };
  return {
    defocus: slider("defocus", "Defocus", "µm", MICRON, 100, 3, [{ value: 0, label: "in focus" }]),
    tilt: slider("tilt", "Tilt", "mrad", 1, 0.05, 2, rim),
  };
}

function makeSwitches(set) {
  const boxes = Object.entries(SWITCHES).map(([name, label]) => {
    const { node, paint } = createCheckbox(label, (on) => set({ [name]: on }));
    return { name, node, paint };
  });
  const node = h("div", { class: "tcbf-player tcbf-whole-row tcbf-switches" }, ...boxes.map((box) => box.node));
  return { boxes, node };
}

function downloads(now) {
  const content = () => {
    const table = { microscope: [], ray: [], name: [], x_mm: [], z_mm: [] };
    const state = now();
    for (const [microscope, { rays }] of [
      ["ctem", drawing.ctemDrawing(state)],
      ["stem", drawing.stemDrawing(state)],
    ]) {
      rays.forEach(({ name, points }, ray) => {
        for (const [x, z] of points)
          [microscope, ray, name, x, z].forEach((value, i) => Object.values(table)[i].push(value));
      });
    }
    return csvText(table);
  };
  return [{ label: "Rays as drawn (CSV)", file: "rays.csv", content }];
}
