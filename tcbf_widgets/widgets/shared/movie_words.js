// Words for the state of a reconstruction, as widgets/movie_words.py writes them.
import { fixed, MINUS } from "./numbers.js";

/** Two digits, with an exponent below a thousandth. */
export function small(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) < 1e-3) return value.toExponential(1).replaceAll("-", MINUS);
  return fixed(value, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value)))));
}

/** What the curves say at an epoch, in the unit of their title. */
export const CURVE_TEXTS = {
  loss: small,
  psnr: (psnr) => (psnr === Infinity ? "infinite" : fixed(psnr, 1)),
  ssim: (ssim) => fixed(ssim, 3),
  phase_rms: small,
};

/** Loss and, where there is a truth, how near the reconstruction comes to it. */
function valuesText({ loss, psnr, ssim, phase_rms: rms }) {
  const text = `loss ${small(loss)}`;
  if (Number.isNaN(rms)) return text;
  const decibels = CURVE_TEXTS.psnr(psnr) + (psnr === Infinity ? "" : "\u00a0dB");
  return `${text}, PSNR ${decibels}, SSIM ${fixed(ssim, 3)}, phase error ${small(rms)}\u00a0rad`;
}

/** What each pixel of the images is, where the object has too many for a page. */
const binnedText = (binning) => (binning > 1 ? `; images binned, ${binning}\u00a0×\u00a0${binning} pixels to one` : "");

/** "Adam, epoch 7 of 20". */
export function whereText({ run, epoch, last }) {
  return `${run.label ? `${run.label}, ` : ""}epoch ${epoch} of ${last}`;
}

/** Of what the numbers of an epoch are, where there are several slices. */
export const allSlices = (count) => (count === 2 ? "both slices" : `all ${count} slices`);

/** The status line: where, how good, of which epoch the image is if this one has none, and how coarse it is. */
export function statusText(now, { binning = 1 } = {}) {
  const { frame, epoch, values, layers, layer } = now;
  const slice = layers > 1 ? `, slice ${layer + 1} of ${layers} shown; ${allSlices(layers)}` : "";
  const image = frame.epoch === epoch ? "" : `; images of some epochs only, this of epoch ${frame.epoch}`;
  return `${whereText(now)}${slice}: ${valuesText(values)}${image}${binnedText(binning)}`;
}
