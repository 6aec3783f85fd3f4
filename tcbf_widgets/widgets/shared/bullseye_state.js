// What the BullseyeTemplate view looks at: the model's traits and what follows from them.
import { findPeaks } from "./disk_peaks.js";
import { compare, trueDisks } from "./found_disks.js";
import { clamp } from "./numbers.js";
import { createCounter } from "./poisson.js";
import { createTemplate, ringsOf, sampleParts } from "./probe_template.js";
import { createCorrelator } from "./template_correlation.js";

export const RADII = ["spot", "inner", "outer", "exclusion"]; // from the middle outwards
const OF_TEMPLATE = ["probe", ...RADII, "cross", "zero_sum"];
const OF_PATTERN = ["probe", "electrons", "noise", "seed"];
export const TRAITS = [...OF_TEMPLATE, "electrons", "noise", "seed", "threshold"];
const COUNT = 200; // disks at most
const LEAST_DARK = 1e-3; // of the bright part; with less there is nothing to compare
const POINTS = 241; // of the profile
export const LOWEST = -1.6; // where the profile ends

/**
 * A radius that stops at its neighbours, wherever a slider asks for; among `used` radii, from the middle outwards.
 * `apart` says how many pixels each is beyond the one before, at least.
 */
export function stopped(name, value, radii, apart, used = RADII) {
  const place = used.indexOf(name);
  const [below, above] = [used[place - 1], used[place + 1]];
  // closer ones, as Python may have set them, stay until they are moved apart
  const low = below ? Math.min(rounded(radii[below] + apart[name]), radii[name]) : -Infinity;
  const high = above ? Math.max(rounded(radii[above] - apart[above]), radii[name]) : Infinity;
  return clamp(value, low, high);
}

const rounded = (value) => Number(value.toFixed(2));

/** What is shown, and what follows from it; update(changed) computes it anew. patterns: [{values, disks or null}]. */
export function bullseyeState(model, meta, patterns) {
  const { ranges, frame, probes, recorded, field } = meta;
  const within = (name) => clamp(model.get(name), ...ranges[name]);
  const correlator = createCorrelator(frame);
  const pictures = createPictures(frame, field);
  const counting = createCounting(frame[0] * frame[1]);
  const now = {
    ...pictures,
    number: () => Math.max(0, probes.findIndex(({ name }) => name === model.get("probe"))),
    about: () => probes[now.number()],
    electrons: () => within("electrons"),
    noise: () => Boolean(model.get("noise")),
    seed: () => within("seed"),
    zeroSum: () => Boolean(model.get("zero_sum")),
    threshold: () => within("threshold"),
    radii: () => Object.fromEntries([...RADII, "cross"].map((name) => [name, within(name)])),
  };
  let maxima = [];
  now.update = (changed) => {
    const has = (names) => names.some((name) => changed.has(name));
    const [patternChanged, templateChanged] = [has(OF_PATTERN), has(OF_TEMPLATE)];
    if (patternChanged) {
      const { values } = patterns[now.number()];
      now.counts = recorded ? values : counting(values, now);
      correlator.setImage(now.counts);
      pictures.showPattern(now.counts);
    }
    if (templateChanged) {
      const { kind, edge, contrast, probe } = now.about();
      const { cross, exclusion, ...radii } = now.radii();
      const rings = ringsOf(kind, radii);
      const zeroSum = now.zeroSum();
      now.template = createTemplate({ rings, cross: kind === "disk" ? 0 : cross, edge, exclusion, contrast, zeroSum });
      correlator.setTemplate(now.template);
      const ratio = pictures.showTemplate(now.template);
      now.bare = ratio === null;
      now.profiles = profiles(now.template, ratio, probe, field / 2);
    }
    if (patternChanged || templateChanged) {
      const distance = meta.min_distance ?? 2 * now.radii().outer;
      const correlation = now.bare ? null : correlator.correlate();
      pictures.showCorrelation(correlation);
      maxima = now.bare ? [] : findPeaks({ image: now.counts, frame, correlation, template: now.template, distance });
    }
    if (patternChanged || templateChanged || changed.has("threshold")) {
      now.peaks = maxima.filter(({ significance }) => significance >= now.threshold()).slice(0, COUNT);
      const { disks } = patterns[now.number()];
      now.disks = disks && compare(now.peaks, disks, now.about().radius);
    }
    Object.assign(now.changed, { pattern: patternChanged, template: templateChanged });
  };
  now.changed = { pattern: true, template: true };
  return now;
}

/** Patterns with their truth, from packed arrays. */
export const patternsOf = (arrays, { frame, probes, recorded }) =>
  probes.map((_, i) => ({
    values: arrays[`pattern${i}`],
    disks: recorded ? null : trueDisks(arrays[`spots${i}`], arrays[`shares${i}`], frame),
  }));

// Electrons counted, or expected.
function createCounting(length) {
  const [expected, counts] = [new Float64Array(length), new Float64Array(length)];
  const counter = createCounter(length);
  return (shares, now) => {
    const electrons = now.electrons();
    for (let i = 0; i < length; i++) expected[i] = shares[i] * electrons;
    return now.noise() ? counter(expected, 1, now.seed(), counts) : expected;
  };
}

// The three pictures as they are shown.
function createPictures([ny, nx], field) {
  const [pattern, correlation, template] = [ny * nx, ny * nx, field * field].map((n) => new Float32Array(n));
  const [bright, dark] = [new Float64Array(field * field), new Float64Array(field * field)];
  return {
    pattern,
    correlation,
    templatePicture: template,
    showPattern(counts) {
      for (let i = 0; i < pattern.length; i++) pattern[i] = Math.sqrt(Math.max(counts[i], 0));
    },
    showCorrelation(found) {
      if (!found) return void correlation.fill(0);
      const { values, shape: [, width], floor } = found;
      for (let y = 0, i = 0; y < ny; y++)
        for (let x = 0; x < nx; x++, i++) {
          const value = values[y * width + x];
          correlation[i] = Math.abs(value) > floor ? value : 0;
        }
    },
    /** Returns the weight of the dark part; null where it should count and there is none, which leaves no template. */
    showTemplate(shape) {
      const half = (field - 1) / 2;
      const size = { top: -half, left: -half, height: field, width: field };
      const [brightSum, darkSum] = sampleParts(shape, size, bright, dark);
      const bare = shape.zeroSum && !(darkSum > LEAST_DARK * brightSum);
      if (bare) {
        template.fill(0);
        return null;
      }
      const ratio = shape.zeroSum ? brightSum / darkSum : 0;
      for (let i = 0; i < template.length; i++) template[i] = bright[i] - dark[i] * ratio;
      return ratio;
    },
  };
}

// Template, and probe if it is known, along a radius between the bars: {name: [distances, values]}.
function profiles(template, ratio, probe, reach) {
  const r = Float64Array.from({ length: POINTS }, (_, i) => (i * reach) / (POINTS - 1));
  const [bright, dark] = [new Float64Array(POINTS), new Float64Array(POINTS)];
  const write = (shape) => r.forEach((d, i) => shape.write(d, shape.bar(d * Math.SQRT1_2) ** 2, bright, dark, i));
  write(template);
  const values = bright.map((value, i) => (ratio === null ? 0 : value - dark[i] * ratio));
  const curves = { template: [r, values.map((value) => (value < LOWEST ? NaN : value))] };
  if (!probe) return curves;
  write(createTemplate({ ...probe, exclusion: reach, contrast: 0 }));
  return { ...curves, probe: [r, bright] };
}
