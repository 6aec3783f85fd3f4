// A defocused probe, the positions on which it stands, and the patterns recorded there, all computed here while a
// slider moves: first the chosen pattern, then the mosaic, in portions between frames.
import { unpackArray } from "./shared/arrays.js";
import { csvText } from "./shared/csv.js";
import { h, setAttribute } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { npyBytes } from "./shared/npy.js";
import { fixed } from "./shared/numbers.js";
import { createMosaic } from "./shared/pattern_mosaic.js";
import { makePickable } from "./shared/picking.js";
import { createPortions } from "./shared/portions.js";
import { followPress } from "./shared/pressing.js";
import { createControls } from "./shared/probe_scan_controls.js";
import { mosaicMark, objectMarks, probeMark } from "./shared/probe_scan_marks.js";
import { makePanels, paintPictures } from "./shared/probe_scan_panels.js";
import { probeScanState, TRAITS } from "./shared/probe_scan_state.js";
import * as words from "./shared/probe_scan_words.js";
import { centres, numberInBlock, scanLattice } from "./shared/scan_lattice.js";

export function whatIsMissing(model) {
  const { size } = unpackArray(model.get("arrays").phase, "phase");
  return size ? "" : "There is no object to show: it has no pixels.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const [phase, levels] = ["phase", "levels"].map((name) => unpackArray(model.get("arrays")[name], name));
  const now = probeScanState(model, meta, phase, levels.values());
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now, meta) });
  const { get } = frame;
  const parts = build(frame, now, meta, phase);
  const paintMosaic = () => parts.mosaic.paint(parts.panels.mosaic, now.limits(get("contrast")), get("cmap"));
  const portions = createPortions({
    next: parts.mosaic.next,
    paint: paintMosaic,
    busy: (on) => setAttribute(parts.panels.mosaic.node, "aria-busy", on),
    signal,
  });
  let computed = ""; // what the mosaic shows, or will show
  frame.watch((changed) => {
    now.update(changed);
    paintPictures(parts.panels, now, changed, get, phase);
    if (changed.has("smooth")) for (const panel of Object.values(parts.panels)) panel.setSmooth(get("smooth"));
    if (changed.has("cmap") || changed.has("contrast")) parts.mosaic.recolour();
    const { step, block } = now.lattice;
    const wanted = [now.defocus(), now.electrons(), now.seed(), step, block.row, block.column].join();
    if (wanted !== computed) parts.mosaic.begin(block.side);
    if (!computed) portions.finish();
    else if (wanted !== computed) portions.start();
    else paintMosaic();
    computed = wanted;
    paintMarks(parts, now);
    parts.controls.paint();
    describe(parts, frame, now, meta);
  });
}

function build(frame, now, meta, phase) {
  now.update(new Set());
  const mosaic = createMosaic(meta.tile, (index, out) => now.fill(numberInBlock(now.lattice, index), out));
  mosaic.begin(now.lattice.block.side);
  const panels = makePanels(now, meta, phase, mosaic);
  const four = h("div", { class: "tcbf-four" });
  four.append(...["amplitude", "phase", "object", "pattern"].map((name) => panels[name].node));
  frame.panels.append(four, panels.mosaic.node);
  const choose = (number) => frame.set({ position: centres(now.lattice)[number] });
  const picker = makePickable(panels.object, {
    label: "Position of the probe",
    help: "Arrow keys go to the next position, Page Up and Page Down by four rows, Home and End to the ends of the row",
    across: () => now.lattice.across,
    points: () => centres(now.lattice),
    index: () => now.lattice.number,
    find: (row, column) => scanLattice(now.size, now.step(), [row, column]).number,
    choose,
  });
  pickFromMosaic(panels.mosaic, mosaic, (index) => choose(numberInBlock(now.lattice, index)));
  const controls = createControls(frame, now, meta);
  frame.controls.append(...controls.nodes);
  const marks = {
    amplitude: probeMark(panels.amplitude, now.size),
    object: objectMarks(panels.object, now.size),
    mosaic: mosaicMark(panels.mosaic, mosaic.pixels(), mosaic),
  };
  return { panels, mosaic, marks, picker, controls };
}

function paintMarks({ marks }, now) {
  marks.amplitude(now.radius());
  marks.object(now.lattice, now.radius());
  marks.mosaic(now.lattice);
}

function describe({ panels, picker }, frame, now, { sampling }) {
  const { number, across, block } = now.lattice;
  const where = words.placeText(now, sampling);
  panels.mosaic.setTitle(words.mosaicTitle(now.lattice));
  panels.amplitude.setAlt(`Amplitude of the probe, ${fixed(now.width(), 1)} Å wide`);
  panels.phase.setAlt("Phase of the probe, dark where there is no amplitude");
  panels.object.setAlt(`Phase of the object with ${across ** 2} positions, the chosen one at ${where}`);
  panels.pattern.setAlt(`Diffraction pattern of the chosen position, ${words.electronsText(now)}`);
  panels.mosaic.setAlt(`Diffraction patterns of ${block.side ** 2} positions, the chosen one framed`);
  picker.paint(number + 1, across ** 2, where);
  frame.say(words.statusText(now, sampling));
}

// With the keyboard, positions are chosen in the object.
function pickFromMosaic(panel, mosaic, choose) {
  const surface = h("div", { class: "tcbf-pick tcbf-pickable", "aria-hidden": "true" });
  panel.picture.append(surface);
  followPress(surface, (event) => {
    const place = panel.place(event);
    const index = place ? mosaic.at(...place).index : -1;
    if (index >= 0) choose(index);
  });
}

function downloads(now, { sampling }) {
  const places = () => centres(now.lattice);
  const column = (axis) => Float64Array.from(places(), (place) => place[axis] * sampling);
  return [
    {
      label: "Positions (CSV)",
      file: "positions.csv",
      content: () => csvText({ y_angstrom: column(0), x_angstrom: column(1) }),
    },
    { label: "Pattern (npy)", file: "pattern.npy", content: () => npyBytes(now.whole(), [now.size, now.size]) },
    { label: "Probe (npy)", file: "probe.npy", content: () => npyBytes(now.probe(), [2, now.size, now.size]) },
  ];
}
