// What the PhaseContrast view looks at: the model's traits and what follows from them.
import { percentiles } from "./contrast.js";
import { clamp } from "./numbers.js";
import { createCounter } from "./poisson.js";
import { createImaging } from "./waves.js";

export const TRAITS = ["defocus", "dose", "noise", "zoom", "seed"];
const LEAST_RANGE = 0.02; // half of the range of grey levels at least: a specimen without contrast is grey
const FEWEST = 240; // points of the curves
const TURN = 0.3; // rad, of χ from one point to the next at most: straight lines between them look like curves

/** What is shown, and what follows from it; update(changed) computes it anew. */
export function phaseContrastState(model, meta, phases) {
  const [slices, size] = phases.shape;
  const { sampling, wavelength, thickness, interaction, mean, corner, ranges } = meta;
  const within = (name) => clamp(model.get(name), ...ranges[name]);
  const count = size * size;
  const values = Array.from({ length: slices }, (_, i) => phases.values().subarray(i * count, (i + 1) * count));
  const potential = projected(values, interaction);
  const imaging = createImaging({ size, sampling, wavelength });
  const spectrum = imaging.exitSpectrum(values, thickness);
  const images = Object.fromEntries(["plane", "plate"].map((name, i) => [name, imageState(count, i * count)]));
  const shown = createCrop(size, corner);
  const now = {
    defocus: () => within("defocus"),
    dose: () => within("dose"),
    noise: () => Boolean(model.get("noise")),
    zoom: () => within("zoom"),
    seed: () => within("seed"),
    perPixel: () => within("dose") * sampling ** 2,
    side: () => Math.max(1, Math.floor(size / within("zoom") + 0.5)),
    curves: createCurves(meta),
  };
  now.update = (changed) => {
    const optics = changed.has("defocus");
    if (optics) {
      imaging.planeWave(spectrum, { defocus: now.defocus() }, images.plane.expected, images.plate.expected);
      now.curves.draw(now.defocus());
    }
    const counted = optics || ["noise", "dose", "seed"].some((name) => changed.has(name));
    const side = now.side();
    for (const image of Object.values(images)) {
      if (counted) image.count(now);
      if (counted || changed.has("zoom")) image.shown = shown(image.counts, side, image.shown);
      if (optics) image.contrast = rmsContrast(image.expected);
    }
    if (changed.has("zoom")) now.potential = shown(potential, side, now.potential);
    if (changed.has("contrast")) now.limits = limitsOf(potential, mean, interaction, model.get("contrast"));
    Object.assign(now, images);
  };
  return now;
}

function projected(slices, interaction) {
  return Float32Array.from(slices[0], (_, i) => {
    let sum = 0;
    for (const slice of slices) sum += slice[i];
    return sum / interaction;
  });
}

function imageState(count, start) {
  const counter = createCounter(count, start);
  const counted = new Float64Array(count);
  const image = { expected: new Float64Array(count), counts: null, shown: null, contrast: 0 };
  image.count = (now) => {
    image.counts = now.noise() ? counter(image.expected, now.perPixel(), now.seed(), counted) : image.expected;
  };
  return image;
}

/**
 * createCrop(size, corner) returns crop(picture, side, target): a part as Float32Array, `target` if it has its size.
 * `corner` says how much of the rest lies above it and left of it: 0.5 and 0.5 would be the middle.
 */
function createCrop(size, corner) {
  return (picture, side, target) => {
    const [top, left] = corner.map((share) => Math.floor((size - side) * share + 0.5));
    const result = target?.length === side * side ? target : new Float32Array(side * side);
    for (let y = 0, i = 0; y < side; y++) {
      const row = (top + y) * size + left;
      for (let x = 0; x < side; x++, i++) result[i] = picture[row + x];
    }
    return result;
  };
}

/** Standard deviation of an image, divided by its mean. */
function rmsContrast(image) {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < image.length; i++) {
    const above = image[i] - 1; // small, so that the difference of squares loses no digits
    sum += above;
    squares += above * above;
  }
  const [mean, square] = [sum, squares].map((total) => total / image.length);
  return Math.sqrt(Math.max(0, square - mean * mean)) / (1 + mean);
}

/** Grey levels: of the potential around its mean, and of both images as wide as 1 + 2 φ would need. */
function limitsOf(potential, mean, interaction, contrast) {
  const most = Math.max(...percentiles(potential, contrast).map((limit) => Math.abs(limit - mean)));
  const half = Math.max(2 * interaction * most, LEAST_RANGE);
  const around = (middle, width) => [middle - width, middle + width].map(Math.fround);
  return { potential: around(mean, most), images: around(1, half) };
}

function createCurves({ wavelength, reach, ranges }) {
  const chi = (frequency, defocus) => -Math.PI * wavelength * defocus * frequency * frequency;
  // χ grows as q², so at the end of the curve twice as fast as in the mean
  const points = Math.max(FEWEST, Math.ceil((2 * Math.abs(chi(reach, ranges.defocus[1]))) / TURN) + 1);
  const q = Float64Array.from({ length: points }, (_, i) => (i * reach) / (points - 1));
  const [sine, cosine] = [new Float64Array(points), new Float64Array(points)];
  return {
    series: { sine: [q, sine], cosine: [q, cosine] },
    chi,
    draw(defocus) {
      for (let i = 0; i < points; i++) {
        const phase = chi(q[i], defocus);
        sine[i] = Math.sin(phase);
        cosine[i] = Math.cos(phase);
      }
    },
    /** Where sin χ first vanishes, in 1/Å. */
    zero: (defocus) => 1 / Math.sqrt(wavelength * Math.abs(defocus)),
  };
}
