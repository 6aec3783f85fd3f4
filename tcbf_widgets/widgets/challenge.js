// A scan whose lens is to be found: sliders, the sum of images moved back, its signal, and points for what is handed in.
import { unpackArray } from "./shared/arrays.js";
import { createResult } from "./shared/challenge_result.js";
import { challengeData } from "./shared/challenge_state.js";
import { createTrail } from "./shared/challenge_trail.js";
import { limits } from "./shared/contrast.js";
import { h, setAttribute } from "./shared/dom.js";
import { KEYS, modelOver } from "./shared/field_key.js";
import { createFrame } from "./shared/frame.js";
import { columns } from "./shared/image_panel.js";
import { keep, kept } from "./shared/kept.js";
import { createLensMotion, createMovedImage, createShiftField } from "./shared/lens_parts.js";
import { createLensSlider, LABELS, written } from "./shared/lens_sliders.js";
import { npyBytes } from "./shared/npy.js";
import { fixed } from "./shared/numbers.js";
import { pairText } from "./shared/pointed_pair.js";
import { nearest } from "./shared/quiver.js";
import { shiftTable } from "./shared/shift_table.js";

const ARRAYS = ["pixels", "hidden", "group_images", "group_means", "group_k", "members"];
const TRY = ["handed_in", "revealed", "answer", "points"];

const read = (model) =>
  Object.fromEntries(ARRAYS.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  return read(model).group_images.size ? "" : "There is no image to show: the scan has no positions.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const data = challengeData(read(model), meta);
  let shown = null;
  const downloads = () => [
    { label: "Shifts (CSV)", file: "shifts.csv", content: () => shiftTable(data.cells, { predicted: shown.arrows }) },
    { label: "Image (npy)", file: "image.npy", content: () => npyBytes(data.image, data.scanShape) },
  ];
  const frame = createFrame({ model, el, signal, traits: [...meta.asked, ...TRY], downloads });
  const game = createGame(frame, data);
  const parts = build(frame, data, game);
  let score = null;
  // on the way to the truth there are no tries, and no sentences for a screen reader
  const moveTo = createLensMotion(signal, (reached, onItsWay) => {
    const lens = data.values(reached);
    shown = { lens, arrows: data.arrows(lens), signal: data.move(lens), onItsWay };
    paint(parts, data, shown, frame);
    frame.quiet(onItsWay);
  });
  parts.field.onLayout = () => drawArrows(parts.field, data, shown.arrows, frame.get("revealed"));
  frame.watch((changed) => {
    if (changed.has("smooth")) parts.image.setSmooth(frame.get("smooth"));
    // scored first: the image is then moved as the sliders say
    if (changed.has("answer")) score = game.scoreOfAnswer();
    game.see();
    parts.result.paint({ score, answer: game.answered(), revealed: frame.get("revealed"), record: game.record() });
    const { moved, begun } = game.turn();
    if (moved.length === 1) parts.trail.follow(moved[0]);
    if (moved.length > 1 || begun) parts.trail.forget();
    moveTo(data.values(game.values()), game.travels());
  });
}

// What a try consists of; the best points of a scan stay in the reader's own browser.
function createGame({ get, set, first, meta }, data) {
  const name = `challenge:${meta.key}`;
  let record = { best: null, seen: false, ...kept(name) };
  let travels = false;
  let late = Boolean(get("revealed")); // the answer came after the truth
  let [before, byHand] = [{}, {}];
  const note = (changes) => keep(name, (record = { ...record, ...changes }));
  const values = () => Object.fromEntries(meta.asked.map((key) => [key, get(key)]));
  const answered = () => Object.fromEntries(meta.asked.map((key, i) => [key, get("answer")[i]]));
  const differing = (now, others) => Object.keys(now).filter((key) => now[key] !== others[key]);
  // after the truth has been shown, points count no more, however it came to be shown
  const see = () => get("revealed") && !record.seen && note({ seen: true });
  // what has moved is not handed in any more; its answer and its points stay
  const move = (changes, others = {}) => {
    const moved = differing(changes, values()).length > 0;
    byHand = { ...values(), ...changes };
    set({ ...changes, ...others, ...(moved && { handed_in: false }) });
  };
  return {
    move,
    see,
    values,
    answered,
    /** What has moved since the last turn, and whether all is back at the beginning, not led there by a slider. */
    turn() {
      const now = values();
      const moved = differing(now, before);
      before = now;
      const back = differing(now, Object.fromEntries(meta.asked.map((key) => [key, first(key)]))).length === 0;
      return { moved, begun: moved.length > 0 && back && differing(now, byHand).length > 0 };
    },
    record: () => ({ ...record, late }),
    scoreOfAnswer: () => (get("answer").length ? data.score(data.values(answered())) : null),
    handIn() {
      see();
      late = record.seen;
      const points = Number(data.score(data.values(values())).points.toFixed(1));
      if (!record.seen && points > (record.best ?? -1)) note({ best: points });
      set({ answer: Object.values(values()), points, handed_in: true });
    },
    reveal() {
      travels = true;
      move(data.truth, { revealed: true });
    },
    travels() {
      const now = travels;
      travels = false;
      return now;
    },
  };
}

function build(frame, data, game) {
  const { meta, reset } = frame;
  const { image, meter } = createMovedImage(data, meta, "Signal-to-noise");
  const trail = createTrail(meta, meta.asked[0]);
  const field = fieldPanel(data, meta);
  const moved = { ...frame, set: game.move };
  const marks = (name) => [{ value: data.truth[name], label: "truth" }];
  const sliders = Object.fromEntries(meta.asked.map((name) => [name, createLensSlider(moved, name, marks(name))]));
  const result = createResult(meta, data);
  const again = () => {
    trail.forget(); // even where the sliders are back already
    reset();
  };
  const button = (text, onclick) => h("button", { type: "button", onclick }, text);
  const row = h(
    "div",
    { class: "tcbf-lens-row" },
    h("span", { class: "tcbf-told" }, meta.told),
    h(
      "span",
      { class: "tcbf-lens-buttons" },
      button("Hand in", game.handIn),
      button("Show the truth", game.reveal),
      button("Start again", again),
    ),
  );
  frame.panels.append(...columns([image, trail], [field]));
  frame.controls.classList.add("tcbf-lens");
  frame.controls.append(...Object.values(sliders).map(({ node }) => node), row);
  frame.controls.parentNode.append(result.node);
  return { image, meter, trail, field, sliders, result };
}

function fieldPanel(data, meta) {
  const keys = { ...KEYS, ...modelOver("predicted", "true"), fitted: [["fitted", "arrow", "predicted"]] };
  const readout = (ky, kx) => `${pairText(panel.arrows[nearest(data.cells.k, ky, kx)])} Å`;
  const panel = createShiftField(meta, keys, readout);
  return panel;
}

function drawArrows(field, { cells, arrows, values, truth }, shown, revealed) {
  field.arrows = shown;
  field.drawArrows("fitted", cells.k, shown);
  field.drawTips("measured", revealed ? cells.k : [], revealed ? arrows(values(truth)) : []);
}

function paint({ image, meter, trail, field, sliders }, data, { lens, arrows, signal, onItsWay }, { root, get, say, meta }) {
  const revealed = get("revealed");
  image.drawValues(data.image, limits(data.image, get("contrast")), get("cmap"));
  meter.paint(signal / meta.top, fixed(signal, 2));
  drawArrows(field, data, arrows, revealed);
  field.show(revealed ? "both" : "fitted");
  field.setRest(`longest ${fixed(Math.max(...arrows.map((pair) => Math.hypot(...pair))), 0)} Å`);
  for (const [name, slider] of Object.entries(sliders)) slider.paint(lens[name]);
  setAttribute(root, "data-revealed", revealed);
  const said = meta.asked.map((name) => `${lower(LABELS[name])} ${written(meta.ranges[name], lens[name])}`).join(", ");
  const strength = `signal-to-noise ${fixed(signal, 2)}`;
  const points = get("points") === null ? "" : `; handed in: ${fixed(get("points"), 1)} of 100 points`;
  image.setAlt(`Sum of the virtual images, moved back as predicted; ${strength}`);
  trail.paint(lens, signal, `Signal-to-noise of the tries so far on one slider; now ${fixed(signal, 2)}`, onItsWay);
  field.setAlt(`Predicted shifts as arrows${revealed ? " over the true ones as rings" : ""}; ${said}`);
  say(`${said}: ${strength}${points}`);
}

const lower = (label) => label[0].toLowerCase() + label.slice(1);
