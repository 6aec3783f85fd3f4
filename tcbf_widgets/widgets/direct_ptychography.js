// The corrected aligned sum, direct and iterative ptychography and the truth, with detail as fine as the slider says.
import { unpackArray } from "./shared/arrays.js";
import { csvText } from "./shared/csv.js";
import { directState, TRAITS } from "./shared/direct_state.js";
import { createFrame } from "./shared/frame.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { createLines } from "./shared/lines.js";
import { npyBytes } from "./shared/npy.js";
import { compact, fixed } from "./shared/numbers.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";

const TITLES = {
  summed: "Aligned sum, corrected (rad)",
  direct: "Direct ptychography (rad)",
  iterative: "Iterative ptychography (rad)",
  truth: "True phase (rad)",
};
const SAID = { summed: "aligned sum", direct: "direct", iterative: "iterative" };
const POINTS = { summed: "ring", direct: "disk", iterative: "cross" };

export function whatIsMissing(model) {
  return unpackArray(model.get("arrays").direct, "direct").size ? "" : "There is no image to show: it has no pixels.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const now = directState(model, meta);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now) });
  const panels = Object.fromEntries(meta.images.map((name) => [name, imagePanel(name, now, meta)]));
  const lines = linesPanel(now);
  // two in a row: what is compared stands side by side
  const nodes = meta.images.map((name) => panels[name]);
  frame.panels.append(...columns(...[0, 1].map((side) => nodes.filter((_, i) => i % 2 === side))));
  frame.panels.after(lines.node);
  const slider = detailSlider(frame, meta);
  frame.controls.append(slider.node);
  frame.watch((changed) => {
    now.update(changed);
    for (const name of meta.images) {
      panels[name].drawValues(now.images[name], now.limits, frame.get("cmap"));
      if (changed.has("smooth")) panels[name].setSmooth(frame.get("smooth"));
    }
    slider.paint(now.detail());
    describe(panels, lines, frame, now, meta);
  });
}

function imagePanel(name, now, { sampling }) {
  return createImagePanel({
    name,
    title: TITLES[name],
    shape: now.shape,
    pixelSize: sampling,
    unit: "Å",
    readout: (row, column) =>
      scanReadout({ scan_sampling: sampling }, row, column, now.images[name][row * now.shape[1] + column], "rad"),
  });
}

function linesPanel(now) {
  const found = now.rings.q.length ? now.reconstructions : [];
  return createLines({
    name: "correlation",
    title: "Correlation with the truth",
    xLabel: "spatial frequency q (1/Å)",
    range: [0, 1],
    height: 216,
    room: 24, // of the finest detail's label, which would hide points
    lines: [
      { name: "expected-summed", label: "aligned sum, expected" },
      { name: "expected-direct", label: "direct, expected" },
      ...found.map((name) => ({ name: `found-${name}`, label: SAID[name], points: POINTS[name] })),
    ],
    readout: (q) => {
      const at = (xs, ys) => fixed(ys[nearest(xs, q)], 2);
      const expected = ["summed", "direct"].map((name) => `${SAID[name]} ${at(now.expected.q, now.expected[name])}`);
      const measured = found.map((name) => `${SAID[name]} ${at(now.rings.q, now.rings[name])}`);
      return `${fixed(q, 3)} 1/Å (${compact(1 / q, 3)} Å): expected ${expected.join(", ")}${
        measured.length ? `; found ${measured.join(", ")}` : ""
      }`;
    },
  });
}

function nearest(xs, wanted) {
  let best = 0;
  for (let i = 1; i < xs.length; i++) if (Math.abs(xs[i] - wanted) < Math.abs(xs[best] - wanted)) best = i;
  return best;
}

function detailSlider({ set }, { ranges: { detail } }) {
  return createSlider({
    label: "Finest detail shown",
    unit: "Å",
    min: detail[0],
    max: detail[1],
    log: true,
    step: 0.005,
    text: (value) => `${fixed(value, 1)} Å`,
    onInput: (value) => set({ detail: value }),
  });
}

function describe(panels, lines, frame, now, { nyquist, limit }) {
  const detail = `${fixed(now.detail(), 1)} Å`;
  const q = 1 / now.detail();
  const correlations = Object.entries(now.correlations).map(([name, value]) => `${SAID[name]} ${fixed(value, 2)}`);
  const series = {
    "expected-summed": [now.expected.q, now.expected.summed],
    "expected-direct": [now.expected.q, now.expected.direct],
    ...Object.fromEntries(now.reconstructions.map((name) => [`found-${name}`, [now.rings.q, now.rings[name]]])),
  };
  const marks = [
    { x: nyquist, label: "scan\u2019s Nyquist", value: `${compact(1 / nyquist, 3)} Å`, low: true },
    { x: limit, label: "2α/λ", value: `${compact(1 / limit, 3)} Å` },
    { x: q, label: "shown up to", value: detail, above: true },
  ];
  lines.paint(
    { xMax: now.expected.q.at(-1), series, marks },
    `Correlation with the truth against frequency, as expected from optics and noise, and as found; shown up to ${detail}`,
  );
  const said = correlations.length ? `; correlation with the true phase: ${correlations.join(", ")}` : "";
  for (const [name, panel] of Object.entries(panels)) {
    const likeness = name in now.correlations ? `; correlation with the true phase ${fixed(now.correlations[name], 2)}` : "";
    panel.setAlt(`${TITLES[name].replace(" (rad)", "")}: phase of the specimen, detail down to ${detail}${likeness}`);
  }
  frame.say(`detail down to ${detail}, ${fixed(q, 3)} 1/Å${said}`);
}

function downloads(now) {
  return [
    ...["direct", "summed"].map((name) => ({
      label: `${name === "direct" ? "Direct phase" : "Phase of the aligned sum"} (npy)`,
      file: `${name}.npy`,
      content: () => npyBytes(now.images[name], now.shape),
    })),
    {
      label: "Correlations (CSV)",
      file: "correlations.csv",
      content: () => {
        const { q, ...found } = now.rings.q.length ? now.rings : now.expected;
        return csvText({ q_per_angstrom: q, ...found });
      },
    },
  ];
}
