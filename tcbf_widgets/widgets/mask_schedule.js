// Which detector pixels are averaged at each step of the schedule, and what one such group sees.
import { unpackArray } from "./shared/arrays.js";
import { paintGroups } from "./shared/colour.js";
import { limits } from "./shared/contrast.js";
import { csvText } from "./shared/csv.js";
import { s, setAttribute } from "./shared/dom.js";
import { createFilmstrip } from "./shared/filmstrip.js";
import { createFrame } from "./shared/frame.js";
import { boundaryPath } from "./shared/grouping.js";
import { alignTo, columns, createImagePanel } from "./shared/image_panel.js";
import { maskState } from "./shared/mask_levels.js";
import { plural } from "./shared/numbers.js";
import { npyBytes } from "./shared/npy.js";
import { overlayLine } from "./shared/overlay_line.js";
import { makePickable } from "./shared/picking.js";
import { detectorReadout, milliradians, scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";

const NAMES = ["pixels", "groups", "counts", "mean_counts"];

const read = (model) =>
  Object.fromEntries(NAMES.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  const { pixels, counts } = read(model);
  if (!pixels.size) return "There are no masks to show: no detector pixel was selected. Lower the threshold.";
  if (!counts.size) return "There is no image to show: the scan has no positions.";
  return "";
}

export function show({ model, el, signal }) {
  const arrays = read(model);
  const meta = model.get("meta");
  const now = maskState(model, arrays, meta);
  const frame = createFrame({
    model,
    el,
    signal,
    traits: ["level", "group"],
    downloads: () => downloads(arrays, now),
  });
  const parts = build(frame, arrays, meta, now, (name) => repaint(name));
  const repaint = frame.watch((changed) => {
    if (changed.has("level") || changed.has("group")) now.hovered = null;
    const hovering = now.hovered !== null;
    // a mouse that passes over many groups must not have each of them read out
    if (hovering) frame.quiet(true);
    const level = now.level();
    const group = now.group();
    parts.masks.draw((rgba) => paintGroups(level.map, group, rgba));
    parts.outlines(level, group, changed.has("level"));
    parts.image.drawValues(now.image(), limits(now.image(), frame.get("contrast")), frame.get("cmap"));
    if (changed.has("smooth")) parts.image.setSmooth(frame.get("smooth"));
    if (changed.has("level")) parts.strip.paint(now.at());
    parts.sliders.level.paint(now.at());
    parts.sliders.group.paint(group + 1, { max: level.count });
    describe(parts, frame, meta, now);
    if (!hovering) frame.quiet(false);
  });
}

function build(frame, arrays, meta, now, repaint) {
  const { masks, image } = imagePanels(meta, arrays, now);
  const setLevel = (index) => frame.set({ level: index, group: now.sameplace(index) });
  const picker = makePickable(masks, {
    label: "Chosen group",
    points: () => now.level().centres,
    index: now.group,
    find: (row, column) => now.level().map[row * now.level().shape[1] + column],
    choose: (group) => frame.set({ group }),
    preview: (group) => {
      if (group === now.hovered) return;
      now.hovered = group;
      repaint("hover");
    },
  });
  const strip = createFilmstrip(meta.bins, now.levels, setLevel);
  const sliders = controls(meta, setLevel, (group) => frame.set({ group: group - 1 }), now);
  const layout = columns([masks], [image]);
  frame.panels.append(...layout);
  if (now.levels.length > 1) frame.panels.after(strip.node);
  frame.controls.classList.add("tcbf-aligned");
  frame.controls.append(...alignTo(layout, [sliders.level.node, sliders.group.node]));
  return { masks, image, picker, strip, sliders, outlines: outlineLayers(masks.overlay) };
}

// Lines between the groups, and around the chosen one black on white: seen on every hue, without seeing hues.
function outlineLayers(overlay) {
  const all = s("path", { class: "tcbf-grid" });
  overlay.append(all);
  const chosen = overlayLine(overlay, "tcbf-outline", "tcbf-halo");
  return (level, group, fresh) => {
    if (fresh) setAttribute(all, "d", level.lines());
    chosen(boundaryPath(level.map, level.shape, group));
  };
}

function describe({ masks, image, picker }, frame, meta, now) {
  const level = now.level();
  const group = now.group();
  const text = groupText(level, group);
  const bin = `bin ${meta.bins[now.at()]}`;
  const groups = plural(level.count, "group");
  picker.paint(group + 1, level.count, text);
  masks.setAlt(`Masks of ${bin}: ${groups} of detector pixels; ${text} outlined`);
  image.setAlt(`Mean virtual image of ${text}`);
  image.setTitle(`Mean image of group ${group + 1}`);
  const pixels = plural(level.sizes[group], "pixel");
  frame.say(`${bin}${stepsText(meta, now.at())}: ${groups} of ${level.range}; group ${group + 1}: ${pixels}`);
}

const groupText = (level, group) => `group ${group + 1} of ${level.count}: ${plural(level.sizes[group], "pixel")}`;

function imagePanels(meta, { counts }, now) {
  const shape = counts.shape.slice(1);
  return {
    masks: createImagePanel({
      ...milliradians(meta),
      name: "masks",
      title: "Detector groups",
      shape: now.level().shape,
      legend: false,
      bar: false,
      readout: (row, column) => maskReadout(meta, now.level(), row, column),
    }),
    image: createImagePanel({
      name: "group_image",
      title: "",
      shape,
      frame: "axial",
      pixelSize: meta.scan_sampling,
      unit: "Å",
      readout: (row, column) => scanReadout(meta, row, column, now.image()[row * shape[1] + column]),
    }),
  };
}

function maskReadout(meta, { map, shape, origin }, row, column) {
  const group = map[row * shape[1] + column];
  const text = group < 0 ? "outside" : `group ${group + 1}`;
  return detectorReadout(meta, row + origin[0], column + origin[1], text);
}

function controls(meta, setLevel, setGroup, now) {
  const last = meta.bins.length - 1;
  return {
    level: createSlider({
      label: "Bin",
      min: 0,
      max: last,
      onInput: setLevel,
      values: meta.bins,
      text: (index) => `bin ${meta.bins[index]}, ${plural(meta.group_counts[index], "group")}`,
    }),
    group: createSlider({
      label: "Group",
      min: 1,
      max: now.level().count,
      onInput: setGroup,
      text: (number) => groupText(now.level(), number - 1),
    }),
  };
}

/** " (steps 5 and 6 of the schedule)" */
function stepsText({ bins, schedule = [] }, index) {
  const steps = schedule.flatMap((bin, i) => (bin === bins[index] ? [i + 1] : []));
  if (!steps.length) return " (not in the schedule)";
  if (steps.length === 1) return ` (step ${steps[0]} of the schedule)`;
  return ` (steps ${steps.slice(0, -1).join(", ")} and ${steps.at(-1)} of the schedule)`;
}

function downloads({ pixels, counts }, now) {
  const column = (offset) => Array.from({ length: pixels.shape[0] }, (_, i) => pixels.raw[2 * i + offset]);
  return [
    {
      label: "Groups (CSV)",
      file: "groups.csv",
      content: () => csvText({ pixel_y: column(0), pixel_x: column(1), group: now.level().groups }),
    },
    { label: "Image (npy)", file: "group.npy", content: () => npyBytes(now.image(), counts.shape.slice(1)) },
  ];
}
