// The runs of a reconstruction as Python packed them (widgets/runs.py), with what has come since: numbers of every epoch,
// images of some.
import { unpackArray } from "./arrays.js";

/** The values of an epoch, in Python's order. */
export const CURVES = ["loss", "psnr", "ssim", "phase_rms"];

const known = new WeakMap(); // what Python sent -> the runs in it

/** [{label, numbers, loss, psnr, ssim, phase_rms, frames: [{epoch, packed}]}] of a model, the same to all its views. */
export function runsOf(model) {
  const sent = model.get("runs") ?? {};
  if (!known.has(sent)) known.set(sent, Object.values(sent).map(unpackRun));
  const runs = known.get(sent);
  append(runs, model.get("latest"));
  return runs;
}

function unpackRun({ label, numbers, curves, ...rest }) {
  const run = { label, numbers: Array.from(unpackArray(numbers, "numbers").raw), frames: framesOf(rest) };
  const values = unpackArray(curves, "curves").raw;
  const count = run.numbers.length;
  CURVES.forEach((name, i) => (run[name] = Array.from(values.subarray(i * count, (i + 1) * count))));
  return run;
}

// Images lie behind one another in one array of bytes; each is a packed array of its own.
function framesOf({ shape, frames, images }) {
  const { raw } = unpackArray(images, "images");
  const size = shape.reduce((product, length) => product * length, 1);
  return frames.map(({ epoch, at, dtype, scale, offset }) => {
    const bytes = size * (dtype === "uint8" ? 1 : 2);
    const data = new DataView(raw.buffer, raw.byteOffset + at, bytes);
    return { epoch, packed: { dtype, shape, scale, offset, data } };
  });
}

// What has come already is left out: every view may call this, as often as it likes.
function append(runs, latest) {
  const run = runs[latest?.run];
  if (!run || !latest.numbers) return;
  const last = run.numbers.at(-1) ?? -1;
  const news = unpackRun(latest);
  news.numbers.forEach((number, i) => {
    if (number <= last) return;
    run.numbers.push(number);
    for (const name of CURVES) run[name].push(news[name][i]);
  });
  run.frames.push(...news.frames.filter(({ epoch }) => epoch > last));
}

/** Place of the last number that is not beyond `number`, or the first. */
export function placeOf(numbers, number) {
  let place = 0;
  while (place + 1 < numbers.length && numbers[place + 1] <= number) place++;
  return place;
}

/** The last image of a run that is not beyond an epoch: {epoch, packed}. */
export const frameAt = (run, number) => run.frames[placeOf(run.frames.map(({ epoch }) => epoch), number)];

/** Columns of a table of all epochs of all runs, with units in their names. */
export function curvesTable(runs) {
  const all = (of) => runs.flatMap(of);
  return {
    run: all(({ label, numbers }) => numbers.map(() => label)),
    epoch: all(({ numbers }) => numbers),
    loss: all(({ loss }) => loss),
    psnr_db: all(({ psnr }) => psnr),
    ssim: all(({ ssim }) => ssim),
    phase_error_rad: all(({ phase_rms: rms }) => rms),
  };
}
