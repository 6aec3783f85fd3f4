// Frames as feature vectors: the virtual dark field of one feature, where it is on the detector, and the crystallites
// that a threshold leaves in the tree of merges.
import { unpackArray } from "./shared/arrays.js";
import { hueName, paintHues } from "./shared/colour.js";
import { limits } from "./shared/contrast.js";
import { createControls } from "./shared/crystallite_controls.js";
import { labelMarks, placeMarks } from "./shared/crystallite_marks.js";
import { makePanels } from "./shared/crystallite_panels.js";
import { pickCrystallite, pickFeature } from "./shared/crystallite_pickers.js";
import { crystalliteState, TRAITS } from "./shared/crystallite_state.js";
import * as words from "./shared/crystallite_words.js";
import { csvText } from "./shared/csv.js";
import { createCutPlot } from "./shared/cut_plot.js";
import { setText } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { alignTo, columns } from "./shared/image_panel.js";
import { npyBytes } from "./shared/npy.js";
import { clamp, plural } from "./shared/numbers.js";

export function whatIsMissing(model) {
  const { fields } = model.get("arrays");
  return unpackArray(fields, "fields").size ? "" : "There is nothing to show: no feature, or no frame.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const now = crystalliteState(model, meta);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now, meta) });
  now.update();
  const parts = build(frame, now, meta, (name) => repaint(name));
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

function build(frame, now, meta, repaint) {
  const { set, get } = frame;
  const panels = makePanels(now, meta, (which) => set({ position: which === "all" ? null : centre(0) }));
  const centre = (place) => meta.centres[now.cut.nodes[place]];
  const { places } = now;
  const marks = {
    places: placeMarks(panels.detector, places, meta.ring),
    labels: labelMarks(panels.labels, now, meta),
  };
  const layout = columns([panels.field], [panels.detector], [panels.labels]);
  frame.panels.append(...layout);
  const plot = createCutPlot(now.tree, {
    ends: meta.ranges.threshold,
    gap: meta.gap.shown ? meta.gap : null,
    onPick: (height) => set({ threshold: clamp(Number(height.toPrecision(3)), ...meta.ranges.threshold) }),
  });
  frame.panels.after(plot.node);
  const controls = createControls(frame, now, meta);
  frame.controls.classList.add("tcbf-aligned");
  frame.controls.append(...alignTo(layout, controls.nodes));
  const pickers = {
    feature: pickFeature(panels.detector, places, now, meta, frame, repaint),
    crystallite: pickCrystallite(panels.labels, now, centre, { get, set }, repaint),
  };
  return { panels, marks, plot, controls, pickers };
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
  controls.paint();
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
  const feature = words.featureName(now);
  const place = words.featurePlace(now, meta.detector);
  panels.field.setAlt(`Virtual dark field of ${feature}${words.brightIn(now.brightness())}`);
  panels.detector.setAlt(`Detector: ${what}, ${how}, ${words.rings(now)}, ${feature} strong, ${place}`);
  panels.labels.setAlt(`Map of ${found}, the largest of ${plural(sizes[0], "frame")}`);
  plot.paint(now, meta.colours, `Merge heights against the number of crystallites, and the tree, cut at ${status}`);
  pickers.feature.paint(now.feature + 1, now.features, feature);
  const chosen = now.chosen === null ? "none chosen" : words.crystallite(now.chosen, sizes);
  pickers.crystallite.paint((now.chosen ?? 0) + 1, nodes.length, chosen);
  frame.say(meta.note ? `${status}; ${meta.note}` : status);
}

function frameIn(picture, colour) {
  picture.dataset.frame = colour ? "hue" : "";
  if (colour) picture.style.setProperty("--tcbf-hue", colour);
}

function downloads(now, { heights }) {
  const numbers = () => now.labels.map((place) => place + 1); // as on the map
  const [, across] = now.scan;
  const columnOf = (axis) => Array.from(now.labels, (_, i) => (axis ? i % across : Math.floor(i / across)));
  return [
    {
      label: "Crystallites (CSV)",
      file: "crystallites.csv",
      content: () => csvText({ frame_y: columnOf(0), frame_x: columnOf(1), crystallite: Array.from(numbers()) }),
    },
    { label: "Crystallites (npy)", file: "crystallites.npy", content: () => npyBytes(numbers(), now.scan) },
    { label: "Virtual dark field (npy)", file: "field.npy", content: () => npyBytes(now.field(), now.fieldShape) },
    {
      label: "Merge heights (CSV)",
      file: "merge_heights.csv",
      content: () => csvText({ crystallites_left: heights.map((_, i) => heights.length - i), height: heights }),
    },
  ];
}
