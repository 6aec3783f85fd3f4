// Waves behind a specimen and the images that lenses make of them: the twin of imaging.py, quick enough for a slider.
import { createComplexFft } from "./complex_fft.js";

/**
 * createImaging({size, sampling, wavelength}), pixels (a power of two), Å per pixel and Å, returns
 *   exitSpectrum(phases, thickness, tilt)  {re, im} as the spectrum of exit_wave in Python: the slices in the order in which the wave
 *       meets them, as phases in rad, and their thickness in Å; tilt [y, x] in 1/Å
 *   planeWave(spectrum, {defocus, C30, cutoff}, plain, plate)  fills the image of a plane wave, and if it is not null the
 *       one with a phase plate; lengths in Å, the radius of the objective aperture in 1/Å
 *   tilted(spectrum, {k, defocus, C30, cutoff}, out)  fills the image of the detector pixel k = [y, x] in 1/Å; behind
 *       several slices the spectrum must be that of their reverse order with a tilt of -k
 * Images are intensities, 1 = the incoming wave. Only exitSpectrum allocates.
 */
export function createImaging({ size, sampling, wavelength }) {
  const fft = createComplexFft(size);
  const grid = { size, sampling, wavelength, step: 1 / (size * sampling), fft };
  return {
    exitSpectrum: (phases, thickness, tilt = [0, 0]) => exitSpectrum(grid, phases, thickness, tilt),
    planeWave: createPlaneWave(grid),
    tilted: createTilted(grid),
  };
}

/** χ(k) = πλ C10 k² + (π/2) λ³ C30 k⁴ as factors of k² and k⁴. */
export function chiFactors({ wavelength }, { defocus, C30 = 0 }) {
  return [-Math.PI * wavelength * defocus, (Math.PI / 2) * wavelength ** 3 * C30];
}

/** Frequencies along one axis, zero first, as a grid knows them: between minus and plus its Nyquist frequency. */
function foldedAxis({ size, sampling, step }, offset, sign, axis) {
  for (let i = 0; i < size; i++) {
    const k = offset + sign * (i < size / 2 ? i : i - size) * step;
    axis[i] = k - evenRound(k * sampling) / sampling;
  }
  return axis;
}

// halves to the even neighbour, as numpy rounds
function evenRound(value) {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/** Share that an aperture lets through at a radius, its rim as wide as one frequency step. */
export const share = (cutoff, radius, step) => Math.min(1, Math.max(0, (cutoff - radius) / step + 0.5));

// ---- images

function createPlaneWave(grid) {
  const { size, step, fft } = grid;
  const { data } = fft;
  // one value for each |ky|, |kx|; half of them, since the lens is round
  const half = size / 2;
  const side = half + 1;
  const [lensRe, lensIm] = [new Float64Array(side * side), new Float64Array(side * side)];
  const fillLens = ({ cutoff = Infinity, ...optics }) => {
    const [a, b] = chiFactors(grid, optics);
    for (let y = 0; y <= half; y++) {
      for (let x = 0; x <= y; x++) {
        const k2 = (y * y + x * x) * step * step;
        const [at, mirrored] = [y * side + x, x * side + y];
        const passes = cutoff === Infinity ? 1 : share(cutoff, Math.sqrt(k2), step);
        const chi = k2 * (a + b * k2);
        lensRe[at] = lensRe[mirrored] = passes ? passes * Math.cos(chi) : 0;
        lensIm[at] = lensIm[mirrored] = passes ? -passes * Math.sin(chi) : 0;
      }
    }
  };
  return ({ re, im }, optics, plain, plate = null) => {
    fillLens(optics);
    for (let y = 0, i = 0; y < size; y++) {
      const row = (y <= half ? y : size - y) * side;
      for (let x = 0; x < size; x++, i++) {
        const at = row + (x <= half ? x : size - x);
        data[2 * i] = re[i] * lensRe[at] - im[i] * lensIm[at];
        data[2 * i + 1] = re[i] * lensIm[at] + im[i] * lensRe[at];
      }
    }
    // the scattered wave alone; the unscattered one is added to it as it is, and turned by a quarter of a period
    const [zeroRe, zeroIm] = [data[0], data[1]];
    data[0] = data[1] = 0;
    fft.inverse();
    addAndSquare(data, zeroRe, zeroIm, plain);
    if (plate) addAndSquare(data, -zeroIm, zeroRe, plate);
  };
}

function addAndSquare(wave, re, im, image) {
  for (let i = 0; i < image.length; i++) {
    const a = wave[2 * i] + re;
    const b = wave[2 * i + 1] + im;
    image[i] = a * a + b * b;
  }
}

function createTilted(grid) {
  const { size, step, fft } = grid;
  const { data } = fft;
  const [ys, xs] = [new Float64Array(size), new Float64Array(size)];
  const empty = new Uint8Array(size);
  return ({ re, im }, { k, cutoff = Infinity, ...optics }, out) => {
    const [a, b] = chiFactors(grid, optics);
    foldedAxis(grid, k[0], -1, ys);
    foldedAxis(grid, k[1], -1, xs);
    const outside = cutoff + step / 2;
    data.fill(0);
    for (let y = 0; y < size; y++) {
      empty[y] = Math.abs(ys[y]) >= outside ? 1 : 0;
      if (empty[y]) continue;
      const y2 = ys[y] * ys[y];
      for (let x = 0, i = y * size; x < size; x++, i++) {
        const k2 = y2 + xs[x] * xs[x];
        if (k2 >= outside * outside) continue;
        const passes = cutoff === Infinity ? 1 : share(cutoff, Math.sqrt(k2), step);
        const chi = k2 * (a + b * k2);
        const c = passes * Math.cos(chi);
        const s = -passes * Math.sin(chi);
        data[2 * i] = re[i] * c - im[i] * s;
        data[2 * i + 1] = re[i] * s + im[i] * c;
      }
    }
    fft.inverse(empty);
    addAndSquare(data, 0, 0, out);
  };
}

// ---- the specimen

function exitSpectrum(grid, phases, thickness, tilt) {
  const { size, sampling, fft } = grid;
  const { data } = fft;
  const straight = [0, 0].map((offset) => foldedAxis(grid, offset, 1, new Float64Array(size)));
  const tilted = tilt.map((offset) => foldedAxis(grid, offset, 1, new Float64Array(size)));
  const band = (1 / (3 * sampling)) ** 2;
  const tilt2 = tilt[0] * tilt[0] + tilt[1] * tilt[1];
  const wave = new Float64Array(data.length);
  for (let i = 0; i < wave.length; i += 2) wave[i] = 1;
  phases.forEach((phase, slice) => {
    if (slice) {
      propagate(grid, tilted, tilt2, thickness, band);
      fft.inverse();
      wave.set(data);
    }
    for (let i = 0; i < phase.length; i++) {
      data[2 * i] = Math.cos(phase[i]);
      data[2 * i + 1] = Math.sin(phase[i]);
    }
    // the transmission without the frequencies that would alias
    fft.forward();
    propagate(grid, straight, 0, 0, band);
    fft.inverse();
    for (let i = 0; i < wave.length; i += 2) {
      const a = data[i];
      data[i] = a * wave[i] - data[i + 1] * wave[i + 1];
      data[i + 1] = a * wave[i + 1] + data[i + 1] * wave[i];
    }
    fft.forward();
  });
  // back to the plane in the middle, to which the defocus refers
  propagate(grid, tilted, tilt2, (-thickness * (phases.length - 1)) / 2, Infinity);
  const [re, im] = [new Float64Array(size * size), new Float64Array(size * size)];
  for (let i = 0; i < re.length; i++) {
    re[i] = data[2 * i];
    im[i] = data[2 * i + 1];
  }
  return { re, im };
}

/** Free space behind a tilted wave, whose own phase is left out; nothing passes where k² exceeds the band. */
function propagate({ size, wavelength, fft: { data } }, [ys, xs], tilt2, distance, band) {
  const factor = -Math.PI * wavelength * distance;
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i += 2) {
      const k2 = ys[y] * ys[y] + xs[x] * xs[x];
      if (k2 >= band) data[i] = data[i + 1] = 0;
      else if (factor) {
        const c = Math.cos(factor * (k2 - tilt2));
        const s = Math.sin(factor * (k2 - tilt2));
        const a = data[i];
        data[i] = a * c - data[i + 1] * s;
        data[i + 1] = a * s + data[i + 1] * c;
      }
    }
  }
}
