// Frames as feature vectors: the virtual dark field of one feature, where it is on the detector, and the crystallites
// that a threshold leaves in the tree of merges.
import { unpackArray } from "./shared/arrays.js";
import { createCheckbox } from "./shared/checkbox.js";
import { hueName, paintHues } from "./shared/colour.js";
import { limits } from "./shared/contrast.js";
import { labelMarks, placeMarks } from "./shared/crystallite_marks.js";
import { makePanels } from "./shared/crystallite_panels.js";
import { crystalliteState, TRAITS } from "./shared/crystallite_state.js";
import * as words from "./shared/crystallite_words.js";
import { csvText } from "./shared/csv.js";
import { createCutPlot } from "./shared/cut_plot.js";
import { setText } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { alignTo, columns } from "./shared/image_panel.js";
import { npyBytes } from "./shared/npy.js";
import { clamp, plural, short } from "./shared/numbers.js";
import { makePickable } from "./shared/picking.js";
import { createSlider } from "./shared/slider.js";

export function whatIsMissing(model) {
  const { fields } = model.get("arrays");
  return unpackArray(fields, "fields").size ? "" : "There is nothing to show: no feature, or no frame.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const now = crystalliteState(model, meta);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now, meta) });
  now.update();
  const parts = build(frame, now, meta, model, (name) => repaint(name));
  now.forget(); // all is to be painted
  const repaint = frame.watch((changed) => {
    now.update();
    const hovering = now.hovered.feature !== null || now.hovered.position !== null;
    if (hovering) frame.quiet(true);
    paint(parts, now, meta, frame, changed);
    describe(parts, now, meta, frame);
    if (!hovering) frame.quiet(false);
  });
}

function build(frame, now, meta, model, repaint) {
  const { set, get } = frame;
  const panels = makePanels(now, meta, (which) => set({ position: which === "all" ? null : centre(0) }));
  const centre = (place) => meta.centres[now.cut.nodes[place]];
  const places = unpackArray(model.get("arrays").places, "places").raw;
  const marks = { places: placeMarks(panels.detector, places, meta.ring), labels: labelMarks(panels.labels, now, meta) };
  const layout = columns([panels.field], [panels.detector], [panels.labels]);
  frame.panels.append(...layout);
  const plot = createCutPlot(now.tree, {
    ends: meta.ranges.threshold,
    gap: meta.gap.shown && now.tree.count > 1 ? meta.gap : null,
    onPick: (height) => set({ threshold: clamp(Number(height.toPrecision(3)), ...meta.ranges.threshold) }),
  });
  frame.panels.after(plot.node);
  const controls = makeControls(frame, now, meta);
  frame.controls.classList.add("tcbf-aligned");
  frame.controls.append(...alignTo(layout, controls.nodes));
  const pickers = {
    feature: pickFeature(panels.detector, places, now, meta, frame, repaint),
    crystallite: pickCrystallite(panels.labels, now, centre, { get, set }, repaint),
  };
  return { panels, marks, plot, controls, pickers };
}

function pickFeature(panel, places, now, { ring }, { get, set }, repaint) {
  const points = Array.from({ length: now.features }, (_, i) => [places[2 * i], places[2 * i + 1]]);
  return makePickable(panel, {
    label: "Feature on the detector",
    points: () => points,
    index: () => get("feature"),
    find(row, column) {
      const distance = ([y, x]) => Math.hypot(y - row, x - column);
      const best = points.reduce((near, point, i) => (distance(point) < distance(points[near]) ? i : near), 0);
      return distance(points[best]) <= 3 * ring.radius ? best : -1;
    },
    choose: (feature) => set({ feature }),
    preview(feature) {
      if (feature === now.hovered.feature) return;
      now.hovered.feature = feature;
      repaint("hover");
    },
  });
}

function pickCrystallite(panel, now, centre, { get, set }, repaint) {
  let under = null; // the frame that was last pointed at
  const picker = makePickable(panel, {
    label: "Crystallite",
    points: () => now.cut.nodes.map((_, place) => centre(place)),
    index: () => now.chosen ?? 0,
    find(row, column) {
      under = [row, column];
      return now.numberAt(row, column);
    },
    choose(place) {
      const pointed = under && now.numberAt(...under) === place;
      set({ position: pointed ? under : centre(place) });
    },
    preview(place) {
      const position = place === null ? null : under;
      if (String(position) === String(now.hovered.position)) return;
      now.hovered.position = position;
      repaint("hover");
    },
  });
  picker.surface.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && get("position")) set({ position: null });
  });
  return picker;
}

function makeControls({ set }, now, { ranges, gap }) {
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
    step: 0.005,
    decimals: Math.max(0, 2 - Math.floor(Math.log10(low))),
    ticks: gap.shown && high > low ? [{ value: Math.log10(gap.threshold), label: "largest gap" }] : [],
    text: (value) => `${short(value)}: ${plural(now.cut.nodes.length, "crystallite")}`,
    onInput: (value) => set({ threshold: value }),
  });
  const truth = createCheckbox("True boundaries", (on) => set({ true_boundaries: on }));
  truth.node.hidden = !now.truth;
  return { feature, threshold, truth, nodes: [feature.node, threshold.node, truth.node] };
}

function paint({ panels, marks, controls }, now, meta, { get }, changed) {
  const has = (...names) => names.some((name) => changed.has(name));
  const cmap = get("cmap");
  const look = has("cmap", "contrast");
  if (look || now.is.otherFeature) {
    panels.field.drawValues(now.field(), limits(now.field(), get("contrast")), cmap);
    panels.field.setTitle(words.featureTitle(now.feature));
  }
  if (look || now.is.otherNode) panels.detector.drawValues(now.detector(), now.detectorLimits(), cmap);
  if (now.is.otherFeature || now.is.otherNode) marks.places(now.feature, now.node === null ? null : now.strengths());
  if (now.is.otherCut) {
    const hues = now.cut.nodes.map((node) => meta.colours[node]);
    panels.labels.draw((rgba) => paintHues(now.labels, hues, rgba));
    marks.labels.recut();
  }
  if (now.is.otherCut || now.is.otherNode) marks.labels.choose();
  if (has("true_boundaries")) marks.labels.truth(Boolean(now.truth && get("true_boundaries")));
  if (has("smooth")) for (const panel of [panels.field, panels.detector]) panel.setSmooth(get("smooth"));
  controls.feature.paint(now.feature + 1);
  controls.threshold.paint(now.threshold);
  controls.truth.paint(get("true_boundaries"));
}

function describe({ panels, plot, pickers }, now, meta, frame) {
  const status = words.status(now);
  const { nodes, sizes } = now.cut;
  const found = plural(nodes.length, "crystallite");
  const [what, how] = words.detectorTitle(now);
  panels.select.paint(now.chosen === null ? "all" : "one");
  setText(panels.select.select.options[1], now.chosen === null ? "Crystallite" : what);
  setText(panels.how, how);
  panels.labels.setTitle(found);
  frameIn(panels.detector.picture, now.node === null ? null : hueName(meta.colours[now.node]));
  const feature = `feature ${now.feature + 1} of ${now.features}`;
  panels.field.setAlt(`Virtual dark field of ${feature}`);
  panels.detector.setAlt(`Detector: ${what}, ${how}, with a ring at the place of each feature, ${feature} strong`);
  panels.labels.setAlt(`Map of ${found}, ${sizes[0]} to ${sizes.at(-1)} frames large`);
  plot.paint(now, meta.colours, `Merge heights against the number of crystallites, and the tree, cut at ${status}`);
  pickers.feature.paint(now.feature + 1, now.features, feature);
  const chosen = now.chosen === null ? "none chosen" : words.crystallite(now.chosen, sizes);
  pickers.crystallite.paint((now.chosen ?? 0) + 1, nodes.length, chosen);
  frame.say(meta.left_out ? `${status}; ${meta.left_out}` : status);
}

function frameIn(picture, colour) {
  picture.dataset.frame = colour ? "hue" : "";
  if (colour) picture.style.setProperty("--tcbf-hue", colour);
}

function downloads(now, { heights }) {
  const columnOf = (axis) => Array.from(now.labels, (_, i) => (axis ? i % now.scan[1] : Math.floor(i / now.scan[1])));
  return [
    {
      label: "Crystallites (CSV)",
      file: "crystallites.csv",
      content: () =>
        csvText({ frame_y: columnOf(0), frame_x: columnOf(1), crystallite: Array.from(now.labels, (place) => place + 1) }),
    },
    { label: "Crystallites (npy)", file: "crystallites.npy", content: () => npyBytes(now.labels.slice(), now.scan) },
    { label: "Virtual dark field (npy)", file: "field.npy", content: () => npyBytes(now.field(), now.fieldShape) },
    {
      label: "Merge heights (CSV)",
      file: "merge_heights.csv",
      content: () => csvText({ crystallites: heights.map((_, i) => heights.length - i), height: heights }),
    },
  ];
}
