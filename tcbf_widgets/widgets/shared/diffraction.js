// A probe and the diffraction patterns of windows of an object: the twin of ptychography.diffract, for one slice and
// windows as large as the object.
import { createComplexFft } from "./complex_fft.js";
import { chiFactors, share } from "./waves.js";

/**
 * createDiffraction({size, sampling, wavelength, semiangle}, phase), pixels (a power of two), Å, Å, mrad and rad:
 *   brightest       intensity in the middle of the disk without an object
 *   wave            the probe, of unit intensity, (re, im) pairs, its middle at pixel (size / 2, size / 2)
 *   focus(defocus)  computes it
 *   pattern(centre, out)  fills the intensities of the window around a pixel [y, x], zero frequency first
 */
export function createDiffraction({ size, sampling, wavelength, semiangle }, phase) {
  const fft = createComplexFft(size);
  const { data } = fft;
  const wave = new Float64Array(2 * size * size);
  const object = new Float64Array(wave.length);
  for (let i = 0; i < phase.length; i++) {
    object[2 * i] = Math.cos(phase[i]);
    object[2 * i + 1] = Math.sin(phase[i]);
  }
  const { passed, sum } = aperture({ size, sampling, wavelength, semiangle });
  const half = size / 2;

  const focus = (defocus) => {
    data.fill(0);
    const [factor] = chiFactors({ wavelength }, { defocus });
    for (const { at, k2, passes } of passed) {
      data[2 * at] = passes * Math.cos(factor * k2);
      data[2 * at + 1] = -passes * Math.sin(factor * k2);
    }
    fft.inverse();
    for (let y = 0, i = 0; y < size; y++) {
      for (let x = 0; x < size; x++, i++) {
        const to = 2 * ((y ^ half) * size + (x ^ half)); // half of a power of two away
        wave[to] = data[2 * i] / size;
        wave[to + 1] = data[2 * i + 1] / size;
      }
    }
  };

  const pattern = ([row, column], out) => {
    const [top, left] = [row + half, column + half]; // modulo size, where the window begins
    for (let y = 0, i = 0; y < size; y++) {
      const line = ((top + y) % size) * size;
      for (let x = 0; x < size; x++, i += 2) {
        const o = 2 * (line + ((left + x) % size));
        data[i] = wave[i] * object[o] - wave[i + 1] * object[o + 1];
        data[i + 1] = wave[i] * object[o + 1] + wave[i + 1] * object[o];
      }
    }
    fft.forward();
    const scale = size * size; // the transform divides by the number of pixels, a unitary one by its root
    for (let i = 0; i < out.length; i++) {
      out[i] = (data[2 * i] * data[2 * i] + data[2 * i + 1] * data[2 * i + 1]) * scale;
    }
    return out;
  };
  return { wave, brightest: 1 / sum, focus, pattern };
}

// Frequencies that pass, with their share of a probe of unit intensity. The rim is as wide as a frequency step.
function aperture({ size, sampling, wavelength, semiangle }) {
  const step = 1 / (size * sampling);
  const cutoff = (semiangle * 1e-3) / wavelength;
  const passed = [];
  let sum = 0;
  for (let at = 0; at < size * size; at++) {
    const [y, x] = [Math.floor(at / size), at % size].map((i) => (i < size / 2 ? i : i - size) * step);
    const k2 = y * y + x * x;
    const passes = share(cutoff, Math.sqrt(k2), step);
    if (passes) passed.push({ at, k2, passes });
    sum += passes * passes;
  }
  for (const frequency of passed) frequency.passes /= Math.sqrt(sum);
  return { passed, sum };
}
