// What the DirectPtychography view looks at: the images with detail as fine as the slider lets through, and how well
// they correlate with the truth.
import { unpackArray } from "./arrays.js";
import { limits } from "./contrast.js";
import { clamp } from "./numbers.js";
import { createSpectra } from "./spectrum.js";
import { correlation } from "./statistics.js";

export const TRAITS = ["detail"];

/** The model's traits, clamped, and what is shown for them; update(changed) computes it. */
export function directState(model, meta) {
  const array = (name) => unpackArray(model.get("arrays")[name], name);
  const shape = array(meta.images[0]).shape;
  const spectra = createSpectra(shape, meta.sampling);
  const transformed = Object.fromEntries(meta.images.map((name) => [name, spectra.of(array(name).values())]));
  const tall = spectra.padded[0];
  const lengths = spectra.frequencies((ky, kx) => Math.hypot(ky, kx));
  const factor = new Float64Array(lengths.length);
  const blank = () => new Float32Array(shape[0] * shape[1]);
  const withTruth = meta.images.includes("truth");
  const now = {
    shape,
    withTruth,
    reconstructions: meta.images.filter((name) => name !== "truth"),
    rings: curves(array("rings"), meta.rings),
    expected: curves(array("expected"), meta.expected),
    detail: () => clamp(model.get("detail"), ...meta.ranges.detail),
    images: Object.fromEntries(meta.images.map((name) => [name, blank()])),
    correlations: {},
    limits: [0, 1],
  };
  now.update = (changed) => {
    if (changed.has("contrast")) now.limits = limits(array(withTruth ? "truth" : "direct").values(), model.get("contrast"));
    if (!changed.has("detail")) return;
    lowPass(lengths, now.detail(), meta.edge, factor);
    // beyond the first columns nothing is left: as many as the filter reaches, and that of no frequency
    const known = Math.min(lengths.length / tall, 1 + Math.ceil(((1 + meta.edge) / now.detail()) * spectra.extent[1]));
    for (const name of meta.images) spectra.filtered(transformed[name], factor, { image: now.images[name], known });
    if (!withTruth) return;
    for (const name of now.reconstructions) now.correlations[name] = correlation(now.images[name], now.images.truth);
  };
  return now;
}

/** Series of one length, stored one after the other: {name: values}. */
function curves({ raw, shape: [, length] }, names) {
  return Object.fromEntries(names.map((name, i) => [name, raw.subarray(i * length, (i + 1) * length)]));
}

/** Fill the factor of each frequency: 1, falling as a cosine where the finest detail is. */
export function lowPass(lengths, detail, edge, factor) {
  for (let i = 0; i < lengths.length; i++) {
    const fallen = clamp((lengths[i] * detail - (1 - edge)) / (2 * edge), 0, 1);
    factor[i] = fallen === 0 ? 1 : fallen === 1 ? 0 : (1 + Math.cos(Math.PI * fallen)) / 2;
  }
  return factor;
}
