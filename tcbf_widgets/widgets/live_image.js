// A tilt-corrected image while it grows, and afterwards how it grew; beside it what the newest part has added.
import { unpackArray } from "./shared/arrays.js";
import { limits } from "./shared/contrast.js";
import { h } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { clamp } from "./shared/numbers.js";
import { npyBytes } from "./shared/npy.js";
import { createPlayer } from "./shared/player.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";

const NEWEST = -1;

const known = new WeakMap(); // what Python sent at once -> its parts, unpacked, and those that have come one by one since

/** What `unpackPart` makes of each part, in the order in which they came, the same to all views of a model. */
function partsOf(model) {
  const sent = model.get("parts") ?? {};
  if (!known.has(sent)) known.set(sent, Object.values(sent).map(unpackPart));
  const parts = known.get(sent);
  const latest = model.get("latest");
  if (latest?.image && parts[latest.place]?.packed !== latest.image && latest.place <= parts.length) {
    parts[latest.place] = unpackPart(latest);
  }
  return parts;
}

function unpackPart({ fraction, image, empty }) {
  const values = Float32Array.from(unpackArray(image, "image").values());
  const width = image.shape[1];
  // which no count has reached
  for (const [start, stop] of empty) values.fill(NaN, start * width, stop * width);
  return { fraction, packed: image, values, gaps: empty.length > 0 };
}

export function whatIsMissing() {
  return ""; // to wait for the first part is nothing to warn of: it is said by `show`, under the title
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  if (!meta.shape || !partsOf(model).length) return showWaiting(el, meta);
  const now = {};
  const frame = createFrame({
    model,
    el,
    signal,
    traits: ["part", "playing", "speed", "parts", "latest"],
    downloads: () => downloads(now, meta),
  });
  const { get, set } = frame;
  const goTo = (place) => set({ part: place >= now.last ? NEWEST : place, playing: false });
  const panels = imagePanels(meta, now);
  update(now, model);
  const slider = createSlider({
    label: "Part",
    min: 1,
    max: now.last + 1,
    text: () => whereText(now),
    onInput: (number) => goTo(number - 1),
  });
  const player = createPlayer({
    model,
    frame,
    advance: () => set({ part: (now.place + 1) % (now.last + 1) === now.last ? NEWEST : (now.place + 1) % (now.last + 1) }),
    step: (by) => goTo((now.place + by + now.last + 1) % (now.last + 1)),
    toggle: () => now.last > 0 && set({ playing: !get("playing") }),
    rate: () => get("speed"),
    moving: () => now.last > 0 && get("playing"),
  });
  frame.panels.append(...columns([panels.image], [panels.added]));
  frame.controls.append(slider.node, player.node);
  frame.watch((changed) => {
    update(now, model);
    // of another scan: what else belongs to it is on its way, and with it a new view
    if (now.values.length !== meta.shape[0] * meta.shape[1]) return;
    paint(panels, now, frame, changed);
    slider.paint(now.place + 1, { max: now.last + 1 });
    player.paint();
    for (const control of player.node.querySelectorAll("button, select")) control.disabled = now.last === 0;
    frame.say(statusText(now));
    // while it plays or grows, a screen reader would never come to the end of a sentence
    frame.quiet(get("playing") || changed.has("latest"));
  });
}

/** The title, and that there is no image yet; once there is one, its meta brings a new view. */
function showWaiting(el, { title }) {
  const saved = el.closest(".tcbf-static");
  const text = saved
    ? "No image had come when this page was saved."
    : "Waiting for the first frames: parallax_image(…, on_partial=live.add) shows the image as it grows.";
  const head = h("div", { class: "tcbf-head" }, h("div", { class: "tcbf-heading" }, title));
  const line = h("p", { class: "tcbf-status", role: "note" }, text);
  el.append(h("div", { class: "tcbf-widget", "data-view": "LiveImage", "data-state": "empty" }, head, line));
}

/** Bring what is shown to what the model says. */
function update(now, model) {
  const parts = partsOf(model);
  const wanted = model.get("part");
  now.last = parts.length - 1;
  now.place = wanted === NEWEST ? now.last : clamp(wanted, 0, now.last);
  const { fraction, values, gaps } = parts[now.place];
  Object.assign(now, { fraction, values, gaps });
  const before = parts[now.place - 1]?.values;
  now.added = now.values.map((value, i) => value - (before && before[i] === before[i] ? before[i] : 1));
  now.newest = parts[now.last].values;
}

function imagePanels(meta, now) {
  const [, width] = meta.shape;
  const panel = (name, title, values) =>
    createImagePanel({
      name,
      title,
      shape: meta.shape,
      pixelSize: meta.scan_sampling,
      unit: "Å",
      readout: (row, column) => scanReadout(meta, row, column, values()[row * width + column]),
    });
  return {
    image: panel("image", "", () => now.values),
    added: panel("added", "Added by this part", () => now.added),
  };
}

function paint(panels, now, { get }, changed) {
  const [low, high] = limits(now.newest, get("contrast"));
  const half = Math.fround(high - low) / 2;
  panels.image.drawValues(now.values, [low, high], get("cmap"));
  panels.added.drawValues(now.added, [-half, half], get("cmap"));
  panels.image.setTitle(`${percent(now.fraction)} of the scan`);
  panels.image.setAlt(`Tilt-corrected image of ${percent(now.fraction)} of the scan`);
  panels.added.setAlt(`What the image of ${percent(now.fraction)} of the scan has more than the one before`);
  if (changed.has("smooth")) for (const panel of Object.values(panels)) panel.setSmooth(get("smooth"));
}

// a hundred only of the whole
const percent = (fraction) => `${fraction >= 1 ? 100 : Math.min(99, Math.round(100 * fraction))} %`;

const whereText = ({ place, last, fraction }) => `part ${place + 1} of ${last + 1}, ${percent(fraction)} of the scan`;

function statusText(now) {
  if (now.fraction === 1) return `${whereText(now)}: all frames read`;
  const read = now.place === now.last ? "has been read" : "had been read then";
  return `${whereText(now)} ${read}${now.gaps ? "; hatched: not reached yet" : ""}`;
}

function downloads(now, { shape }) {
  return [{ label: "Image (npy)", file: "image.npy", content: () => npyBytes(now.values, shape) }];
}
