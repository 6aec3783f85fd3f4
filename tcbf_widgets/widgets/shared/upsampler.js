// Everything the Upsampling view shows, made when first asked for and kept while it may be asked for again.
import { fourierUpsample } from "./fourier_upsample.js";
import { joinSamples } from "./join.js";
import { chiCycles } from "./lens.js";
import { createSpectra, transferSigns } from "./spectrum.js";

const KEPT = 24; // results of the kernel slider
const USUAL = 0.125; // width of the kernel, scan steps

/**
 * createUpsampler(arrays, meta): density(factor, width) and fourier(factor) give {image, shape, power, spectra,
 * flipped()}; sharpest(factor) the power of the density without a kernel, usual(factor) the density with the usual one.
 */
export function createUpsampler(arrays, meta) {
  const tools = remember((factor) => makeTools(factor, meta));
  const result = (factor, { image, shape }) => {
    const { spectra, signs } = tools(factor);
    const spectrum = spectra.of(image);
    let flipped = null;
    return {
      image,
      shape,
      spectra,
      power: spectra.power(spectrum),
      flipped: () => (flipped ??= spectra.filtered(spectrum, signs())),
    };
  };
  const density = remember(([factor, width]) => {
    const [total, weight] = [arrays[`total_${factor}`], arrays[`weight_${factor}`]];
    const joined = joinSamples(total.values(), weight.values(), total.shape, width * factor, meta.margin * factor);
    return result(factor, joined);
  }, KEPT);
  const fourier = remember((factor) =>
    result(factor, fourierUpsample(arrays.plain.values(), meta.scan_shape, factor, meta.shown)),
  );
  const sharpest = remember((factor) => density([factor, 0]).power);
  const usual = remember((factor) => density([factor, USUAL]));
  return { density: (factor, width) => density([factor, width]), fourier, sharpest, usual };
}

function makeTools(factor, { shown, scan_sampling: sampling, limit, lens, wavelength }) {
  const shape = shown.map(([first, last]) => factor * (last - first));
  const spectra = createSpectra(
    shape,
    sampling.map((step) => step / factor),
  );
  let signs = null;
  const cycles = (k, target) => chiCycles(k, lens, wavelength, target);
  return { spectra, signs: () => (signs ??= transferSigns(spectra, limit, cycles)) };
}

/** Remember what make returned for a key; the oldest goes when there are too many. */
function remember(make, most = Infinity) {
  const made = new Map();
  return (key) => {
    const name = String(key);
    if (!made.has(name)) {
      if (made.size >= most) made.delete(made.keys().next().value);
      made.set(name, make(key));
    }
    return made.get(name);
  };
}
