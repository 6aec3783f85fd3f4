// What the ProbeAndScan view looks at: the model's traits and what follows from them.
import { createDiffraction } from "./diffraction.js";
import { clamp } from "./numbers.js";
import { countedAt } from "./poisson.js";
import { litPixels, overlap, scanLattice } from "./scan_lattice.js";

export const TRAITS = ["defocus", "step", "position", "electrons", "seed"];
const FADED = 0.2; // of the largest amplitude; below it, the colours of the phase grow dark
const PERCENT_STEP = 0.5; // from one of the levels to the next

/** What is shown, and what follows from it; update(changed) computes it anew, but the mosaic: that is fill(). */
export function probeScanState(model, meta, phase, levels) {
  const size = phase.shape[0];
  const { ranges, steps, sampling, wavelength, tile } = meta;
  const angle = meta.semiangle * 1e-3;
  const within = (name) => clamp(model.get(name), ...ranges[name]);
  const diffraction = createDiffraction({ ...meta, size }, phase.values());
  const now = {
    ...probePictures(size),
    size,
    brightest: diffraction.brightest,
    pattern: new Float32Array(tile * tile),
    defocus: () => within("defocus"),
    step: () => (steps.includes(model.get("step")) ? model.get("step") : steps[0]),
    electrons: () => (model.get("electrons") === null ? null : within("electrons")),
    stepIndex: () => steps.indexOf(now.step()),
    seed: () => within("seed"),
    width: () => Math.max(2 * angle * Math.abs(now.defocus()), (1.22 * wavelength) / angle),
    overlap: () => overlap(now.width(), now.step() * sampling),
    radius: () => now.width() / 2 / sampling, // pixels of the object
  };
  const patterns = createPatterns(diffraction, now, tile);
  /** Real part and then imaginary part of the probe. */
  now.probe = () => {
    const { wave } = diffraction;
    const count = wave.length / 2;
    return Float32Array.from(wave, (_, i) => wave[i < count ? 2 * i : 2 * (i - count) + 1]);
  };
  now.fill = patterns.fill;
  now.whole = patterns.whole;
  /** √(I/I₀) of black and white. */
  now.limits = (contrast) => {
    const [low, high] = contrast.map((percent) => levelAt(levels, percent));
    const wider = now.electrons() === null ? 0 : 1 / Math.sqrt(now.electrons());
    return [Math.max(0, low - wider), high + wider];
  };
  now.update = (changed) => {
    const wanted = model.get("position").map((at) => clamp(at, 0, size - 1));
    now.lattice = scanLattice(size, now.step(), wanted);
    now.lit = litPixels(now.step(), now.radius());
    if (changed.has("defocus")) {
      diffraction.focus(now.defocus());
      now.most = now.show(diffraction.wave);
    }
    if (TRAITS.some((name) => changed.has(name))) now.fill(now.lattice.number, now.pattern);
  };
  return now;
}

// Amplitude of a probe, its phase in cycles, and the brightness that goes with it; show(wave) returns the largest one.
function probePictures(size) {
  const count = size * size;
  const [amplitude, cycles, light] = [new Float32Array(count), new Float64Array(count), new Float64Array(count)];
  const show = (wave) => {
    let most = 0;
    for (let i = 0; i < count; i++) {
      const [re, im] = [wave[2 * i], wave[2 * i + 1]];
      light[i] = Math.sqrt(re * re + im * im);
      cycles[i] = Math.atan2(im, re) / (2 * Math.PI);
      if (light[i] > most) most = light[i];
    }
    amplitude.set(light);
    for (let i = 0; i < count; i++) light[i] = Math.min(1, light[i] / (FADED * most));
    return most;
  };
  return { amplitude, cycles, light, show };
}

function createPatterns(diffraction, now, tile) {
  const { size } = now;
  const expected = new Float64Array(size * size);
  const half = size / 2;
  const measure = (number) => {
    const { across, step } = now.lattice;
    diffraction.pattern([Math.floor(number / across) * step, (number % across) * step], expected);
    const [electrons, seed, start] = [now.electrons(), now.seed(), number * expected.length];
    if (electrons === null) return (i) => expected[i];
    return (i) => countedAt(expected[i] * electrons, start + i, seed) / electrons;
  };
  // a square of so many pixels, zero frequency in its middle
  const shown = (number, side, out, value) => {
    const intensity = measure(number);
    const first = half - side / 2; // of the whole, once zero is in its middle
    for (let y = 0, i = 0; y < side; y++) {
      const row = ((first + y) ^ half) * size;
      for (let x = 0; x < side; x++, i++) out[i] = value(intensity(row + ((first + x) ^ half)));
    }
    return out;
  };
  return {
    /** √(I/I₀) of the position of this number, on the part of the detector that is shown. */
    fill: (number, out) => shown(number, tile, out, Math.sqrt),
    /** Intensities of all of the chosen pattern. */
    whole: () => shown(now.lattice.number, size, new Float32Array(size * size), Number),
  };
}

function levelAt(levels, percent) {
  const at = percent / PERCENT_STEP;
  const below = Math.min(levels.length - 2, Math.floor(at));
  const slope = (levels[below + 1] - levels[below]) / PERCENT_STEP;
  return slope * (percent - below * PERCENT_STEP) + levels[below];
}
