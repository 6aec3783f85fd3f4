// Fourier transforms of images that are continued beyond their borders, fading to their mean, to powers of two: the
// twin of widgets/spectra.py.
import { createFft } from "./fft.js";
import { mean } from "./statistics.js";

const FADE = 9 / 8; // an image is continued to this part of its size at least
const FLOOR = 1e-12; // of a power, so that its logarithm exists

/** createSpectra(shape, [dy, dx] in Å): of(image) -> spectrum, {padded, extent (Å)}, and what is done with spectra. */
export function createSpectra(shape, sampling) {
  const padded = shape.map(powerOfTwo);
  const extent = padded.map((n, axis) => n * sampling[axis]);
  const before = shape.map((own, axis) => Math.floor((padded[axis] - own) / 2));
  const fft = createFft(padded);
  const places = shape.map((own, axis) => continuation(own, padded[axis], before[axis]));
  const work = new Float64Array(padded[0] * padded[1]);
  const product = fft.spectrum();
  return {
    padded,
    extent,
    of(image) {
      const level = mean(image);
      continued(image, shape[1], level, places, work);
      return { level, values: fft.forward(work, fft.spectrum()) };
    },
    /** value(ky, kx) of each frequency in 1/Å, in the order of the spectrum. */
    frequencies: (value) => frequencies({ padded, extent }, value),
    /**
     * The image with each frequency multiplied by its factor, one for each in the order of the spectrum; where only the
     * first `known` columns of the factor are not zero, that is less work.
     */
    filtered({ level, values }, factor, { image = new Float32Array(shape[0] * shape[1]), known } = {}) {
      for (let i = 0; i < 2 * padded[0] * (known ?? padded[1] / 2 + 1); i++) product[i] = values[i] * factor[i >> 1];
      fft.inverse(product, work, { known, from: before[0], to: before[0] + shape[0] });
      for (let y = 0; y < shape[0]; y++)
        for (let x = 0; x < shape[1]; x++)
          image[y * shape[1] + x] = level + work[(y + before[0]) * padded[1] + x + before[1]];
      return image;
    },
    /** log10 of the power of each frequency, in the order of the spectrum. */
    power({ values }) {
      const count = shape[0] * shape[1];
      const power = new Float32Array(values.length / 2);
      for (let i = 0; i < power.length; i++) {
        const re = values[2 * i];
        const im = values[2 * i + 1];
        power[i] = Math.log10((re * re + im * im) / count + FLOOR);
      }
      return power;
    },
  };
}

const powerOfTwo = (length) => Math.max(4, 2 ** Math.ceil(Math.log2(length * FADE)));

function continuation(own, padded, before) {
  const index = new Int32Array(padded);
  const weight = new Float64Array(padded);
  for (let i = 0; i < padded; i++) {
    index[i] = Math.min(own - 1, Math.max(0, i - before));
    weight[i] = Math.min(1, (i + 1) / (before + 1), (padded - i) / (padded - own - before + 1));
  }
  return { index, weight };
}

function continued(image, width, level, [rows, columns], target) {
  const { index, weight } = columns;
  const wide = index.length;
  for (let y = 0; y < rows.index.length; y++) {
    const start = rows.index[y] * width;
    const fade = rows.weight[y];
    for (let x = 0; x < wide; x++) target[y * wide + x] = (image[start + index[x]] - level) * fade * weight[x];
  }
}

/**
 * Fill values (size x size) with the power at the frequencies up to reach (1/Å), each from the frequency next to the
 * pixel's middle; NaN beyond the Nyquist frequency.
 */
export function spectrumPicture(power, { padded: [height, width], extent }, size, reach, values) {
  const place = (j) => (j - (size - 1) / 2) * ((2 * reach) / size);
  const [rows, columns] = extent.map((length) =>
    Int32Array.from({ length: size }, (_, j) => Math.floor(place(j) * length + 0.5)),
  );
  for (let j = 0; j < size; j++) {
    const kx = Math.abs(columns[j]);
    for (let i = 0; i < size; i++) {
      const ky = columns[j] < 0 ? -rows[i] : rows[i];
      const known = 2 * Math.abs(ky) <= height && 2 * kx <= width;
      values[i * size + j] = known ? power[kx * height + (ky < 0 ? ky + height : ky % height)] : NaN;
    }
  }
  return values;
}

function frequencies({ padded: [height, width], extent: [tall, wide] }, value) {
  const values = new Float64Array(height * (width / 2 + 1));
  for (let x = 0; x <= width / 2; x++)
    for (let y = 0; y < height; y++) values[x * height + y] = value((2 * y < height ? y : y - height) / tall, x / wide);
  return values;
}

/** Sign of sin chi at each frequency, 0 beyond `limit`, in the order of the spectrum; cycles(k) gives chi / 2 pi. */
export function transferSigns(plane, limit, cycles) {
  const [ky, kx] = [frequencies(plane, (y) => y), frequencies(plane, (_, x) => x)];
  const signs = new Int8Array(ky.length);
  const k = new Float64Array(2 * signs.length);
  for (let i = 0; i < signs.length; i++) [k[2 * i], k[2 * i + 1]] = [ky[i], kx[i]];
  const chi = cycles(k, new Float64Array(signs.length));
  for (let i = 0; i < signs.length; i++) {
    const beyond = Math.hypot(k[2 * i], k[2 * i + 1]) > limit;
    signs[i] = beyond ? 0 : Math.sin(2 * Math.PI * chi[i]) < 0 ? -1 : 1;
  }
  return signs;
}
