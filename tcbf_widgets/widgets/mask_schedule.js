// Which detector pixels are averaged at each step of the schedule, and what one such group sees.
import { unpackArray } from "./shared/arrays.js";
import { paintGroups } from "./shared/colour.js";
import { limits } from "./shared/contrast.js";
import { csvText } from "./shared/csv.js";
import { h, s, setAttribute } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { boundaryPath, groupMap, groupSizes, meanImage, meanPair } from "./shared/grouping.js";
import { alignTo, columns, createImagePanel } from "./shared/image_panel.js";
import { memoise } from "./shared/memoise.js";
import { clamp, plural } from "./shared/numbers.js";
import { npyBytes } from "./shared/npy.js";
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
  const levels = meta.bins.map((bin, index) => lazyLevel(arrays, meta, index));
  const at = () => clamp(model.get("level"), 0, levels.length - 1);
  const level = () => levels[at()]();
  // the group under the mouse, or the chosen one
  let hovered = null;
  const picked = () => clamp(hovered ?? model.get("group"), 0, level().count - 1);
  const image = memoise(
    () => `${at()}/${picked()}`,
    () => groupImage(arrays, level(), picked()),
  );
  const frame = createFrame({
    model,
    el,
    signal,
    traits: ["level", "group"],
    downloads: () => downloads(arrays, level, image),
  });
  let repaint = () => {};
  const preview = (group) => {
    if (group === hovered) return;
    hovered = group;
    repaint("hover");
  };
  const setLevel = (index) => frame.set({ level: index, group: sameplace(level(), picked(), levels[index]()) });

  const panels = imagePanels(meta, arrays, level, image);
  const outlines = outlineLayers(panels.masks.overlay);
  const picker = makePickable(panels.masks, {
    label: "Chosen group",
    points: () => level().centres,
    index: picked,
    find: (row, column) => level().map[row * level().shape[1] + column],
    choose: (group) => frame.set({ group }),
    preview,
  });
  const strip = filmstrip(meta, levels, setLevel);
  const sliders = controls(meta, setLevel, (group) => frame.set({ group: group - 1 }), level);
  const layout = columns([panels.masks], [panels.image]);
  frame.panels.append(...layout);
  if (levels.length > 1) frame.panels.after(strip.node);
  frame.controls.classList.add("tcbf-aligned");
  frame.controls.append(...alignTo(layout, [sliders.level.node, sliders.group.node]));

  repaint = frame.watch((changed) => {
    if (changed.has("level") || changed.has("group")) hovered = null;
    const now = level();
    const group = picked();
    panels.masks.draw((rgba) => paintGroups(now.map, group, rgba));
    outlines(now, group, changed.has("level"));
    panels.image.drawValues(image(), limits(image(), frame.get("contrast")), frame.get("cmap"));
    if (changed.has("smooth")) panels.image.setSmooth(frame.get("smooth"));
    sliders.level.paint(at());
    sliders.group.paint(group + 1, { max: now.count });
    if (changed.has("level")) strip.paint(at());
    const text = groupText(now, group);
    picker.paint(group + 1, now.count, text);
    describe(
      panels,
      `Masks of bin ${meta.bins[at()]}: ${plural(now.count, "group")} of detector pixels`,
      text,
      group,
    );
    const groups = `${plural(now.count, "group")} of ${now.range}`;
    frame.say(
      `bin ${meta.bins[at()]}${stepsText(meta, at())}: ${groups}; group ${group + 1}: ${plural(now.sizes[group], "pixel")}`,
    );
  });
}

// Lines between the groups, and around the chosen one black on white: seen on every hue, without seeing hues.
function outlineLayers(overlay) {
  const [all, halo, chosen] = ["grid", "halo", "outline"].map((name) => s("path", { class: `tcbf-${name}` }));
  overlay.append(all, halo, chosen);
  return (level, group, fresh) => {
    if (fresh) setAttribute(all, "d", level.lines());
    const edge = boundaryPath(level.map, level.shape, group);
    setAttribute(halo, "d", edge);
    setAttribute(chosen, "d", edge);
  };
}

function describe({ masks, image }, what, groupIs, group) {
  masks.setAlt(`${what}; ${groupIs} outlined`);
  image.setAlt(`Mean virtual image of ${groupIs}`);
  image.setTitle(`Mean image of group ${group + 1}`);
}

const groupText = (level, group) => `group ${group + 1} of ${level.count}: ${plural(level.sizes[group], "pixel")}`;

// What a level needs is prepared when it is first looked at: bin 1 alone has as many groups as pixels.
function lazyLevel({ pixels, groups }, meta, index) {
  let made = null;
  return () =>
    (made ??= makeLevel(
      pixels.raw,
      groups.raw.subarray(index * pixels.shape[0], (index + 1) * pixels.shape[0]),
      meta.group_counts[index],
    ));
}

function makeLevel(pixels, groups, count) {
  const sizes = groupSizes(groups, count);
  const { origin, shape, map } = groupMap(pixels, groups);
  const members = Array.from({ length: count }, () => []);
  groups.forEach((group, i) => members[group].push(i));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  let lines = null;
  return {
    groups,
    count,
    sizes,
    origin,
    shape,
    map,
    members,
    centres: members.map((list) => meanPair(pixels, list)),
    range: least === most ? plural(least, "pixel") : `${least}–${most} pixels`,
    lines: () => (lines ??= most > 1 ? boundaryPath(map, shape) : ""),
  };
}

// Staying over the same part of the disk when the bin changes lets the reader compare.
function sameplace(from, group, to) {
  const [y, x] = from.centres[group];
  let best = 0;
  let distance = Infinity;
  to.centres.forEach(([cy, cx], i) => {
    const d = (cy - y) ** 2 + (cx - x) ** 2;
    if (d < distance) [best, distance] = [i, d];
  });
  return best;
}

const groupImage = ({ counts, mean_counts: means }, level, group) =>
  meanImage(counts.raw, means.values(), level.members[group], counts.size / counts.shape[0]);

function imagePanels(meta, { counts }, level, image) {
  const shape = counts.shape.slice(1);
  return {
    masks: createImagePanel({
      name: "masks",
      title: "Groups of detector pixels",
      shape: level().shape,
      legend: false,
      ...milliradians(meta),
      bar: false,
      readout: (row, column) => {
        const {
          map,
          shape: [, width],
          origin,
        } = level();
        const group = map[row * width + column];
        return detectorReadout(
          meta,
          row + origin[0],
          column + origin[1],
          group < 0 ? "outside" : `group ${group + 1}`,
        );
      },
    }),
    image: createImagePanel({
      name: "group_image",
      title: "",
      shape,
      frame: "axial",
      pixelSize: meta.scan_sampling,
      unit: "Å",
      readout: (row, column) => scanReadout(meta, row, column, image()[row * shape[1] + column]),
    }),
  };
}

// All masks at once, small: what the slider goes through.
function filmstrip(meta, levels, onPick) {
  const buttons = levels.map((level, index) => {
    const {
      shape: [height, width],
      map,
      count,
    } = level();
    const canvas = h("canvas", { width, height, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(width, height);
    paintGroups(map, -2, pixels.data);
    context.putImageData(pixels, 0, 0);
    return h(
      "button",
      { type: "button", onclick: () => onPick(index) },
      canvas,
      h("span", {}, `bin ${meta.bins[index]}`),
      h("span", { class: "tcbf-unit" }, plural(count, "group")),
    );
  });
  const paint = (chosen) => buttons.forEach((button, i) => setAttribute(button, "aria-pressed", i === chosen));
  return { node: h("div", { class: "tcbf-strip", role: "group", "aria-label": "Bins" }, ...buttons), paint };
}

function controls(meta, setLevel, setGroup, level) {
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
      max: level().count,
      onInput: setGroup,
      text: (number) => groupText(level(), number - 1),
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

function downloads({ pixels, counts }, level, image) {
  const column = (offset) => Array.from({ length: pixels.shape[0] }, (_, i) => pixels.raw[2 * i + offset]);
  return [
    {
      label: "Groups (CSV)",
      file: "groups.csv",
      content: () => csvText({ pixel_y: column(0), pixel_x: column(1), group: level().groups }),
    },
    { label: "Image (npy)", file: "group.npy", content: () => npyBytes(image(), counts.shape.slice(1)) },
  ];
}
