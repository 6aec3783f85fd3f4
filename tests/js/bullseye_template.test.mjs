import assert from "node:assert/strict";
import test from "node:test";
import { bullseyeState, RADII, stopped } from "../../tcbf_widgets/widgets/shared/bullseye_state.js";
import { foundText } from "../../tcbf_widgets/widgets/shared/bullseye_words.js";
import { findPeaks } from "../../tcbf_widgets/widgets/shared/disk_peaks.js";
import { compare, trueDisks } from "../../tcbf_widgets/widgets/shared/found_disks.js";
import { createTransform2d } from "../../tcbf_widgets/widgets/shared/mixed_radix.js";
import { createTemplate, ringsOf, sampleParts } from "../../tcbf_widgets/widgets/shared/probe_template.js";
import { createPictureFft, fastLength } from "../../tcbf_widgets/widgets/shared/smooth_fft.js";
import { refined } from "../../tcbf_widgets/widgets/shared/subpixel.js";
import { createCorrelator, windowSums } from "../../tcbf_widgets/widgets/shared/template_correlation.js";
import { golden, largestDifference } from "./golden.mjs";

// double precision on both sides; sums of some thousand numbers of order one
const ROUNDING = 1e-11;

const random = (length) => Float64Array.from({ length }, (_, i) => Math.sin(i * i * 1.7 + i));
const pair = (count) => [new Float64Array(count), new Float64Array(count)];

for (const [height, width] of [[1, 6], [12, 1], [4, 5], [9, 16], [15, 8], [30, 25]]) {
  test(`transform of ${height} x ${width}: that of mixed_radix.js, column after column, and back again`, () => {
    const count = height * width;
    const picture = [random(count), random(2 * count).subarray(count)];
    const fft = createPictureFft([height, width]);
    const [re, im] = fft.forward(picture, pair(count));
    const expected = picture.map((part) => part.slice());
    createTransform2d([height, width]).run(...expected);
    const transposed = (part) => part.map((_, i) => part[(i % height) * width + Math.floor(i / height)]);
    assert.ok(largestDifference(re, transposed(expected[0])) < ROUNDING);
    assert.ok(largestDifference(im, transposed(expected[1])) < ROUNDING);
    const back = fft.inverse([re, im], pair(count));
    for (const part of [0, 1]) assert.ok(largestDifference(back[part], picture[part]) < ROUNDING);
  });
}

test("lengths are the next with small factors", () => {
  assert.deepEqual([1, 7, 127, 143, 161, 162].map(fastLength), [1, 8, 128, 144, 162, 162]);
});

test("window sums are those of every window, taken one by one", () => {
  const [shape, frame] = [[9, 8], [5, 6]];
  const part = random(72);
  const sums = windowSums(part, shape, frame, new Float64Array(72), new Float64Array(72));
  const one = (y, x) => {
    let sum = 0;
    for (let v = 0; v < frame[0]; v++)
      for (let u = 0; u < frame[1]; u++) sum += part[((v - y + 9) % 9) * 8 + ((u - x + 8) % 8)];
    return sum;
  };
  assert.ok(largestDifference(sums, Float64Array.from(part, (_, i) => one(Math.floor(i / 8), i % 8))) < ROUNDING);
});

// interpolated values are off by a thousandth, which a curvature of one turns into as many pixels
test("the peak of a periodic picture is found to some thousandths of a pixel", () => {
  const [height, width] = [20, 24];
  for (const [py, px] of [[7.31, 11.94], [19.6, 0.2]]) {
    const wave = (at, peak, n) => Math.cos((2 * Math.PI * 4 * (at - peak)) / n);
    const at = (i) => wave(Math.floor(i / width), py, height) + wave(i % width, px, width);
    const values = Float64Array.from({ length: height * width }, (_, i) => at(i));
    const [y, x, top] = refined(values, [height, width], [Math.round(py), Math.round(px)]);
    assert.ok(Math.hypot(y - py, x - px) < 3e-3);
    assert.ok(Math.abs(top - 2) < 2e-3);
  }
});

const templateOf = ({ kind, radii, ...rest }) =>
  createTemplate({ rings: ringsOf(kind, radii), cross: radii.cross ?? 0, ...rest });

for (const [i, one] of golden.disks.entries()) {
  test(`template, correlation and peaks of case ${i} are Python's`, () => {
    const template = templateOf(one);
    const [bright, dark] = pair(72);
    const sums = sampleParts(template, { top: -3.3, left: -4.7, height: 9, width: 8 }, bright, dark);
    const weight = one.zeroSum ? sums[0] / sums[1] : 0;
    assert.ok(largestDifference(bright.map((value, at) => value - dark[at] * weight), one.template) < ROUNDING);

    const correlator = createCorrelator(one.frame);
    correlator.setImage(one.image);
    correlator.setTemplate(template);
    const correlation = correlator.correlate();
    const rows = [];
    for (let y = 0; y < one.frame[0]; y += 5)
      rows.push(...correlation.values.slice(y * correlation.shape[1], y * correlation.shape[1] + one.frame[1]));
    assert.ok(largestDifference(rows, one.correlation) < ROUNDING);

    const peaks = findPeaks({ ...one, correlation, template })
      .filter(({ significance }) => significance >= one.least)
      .slice(0, one.count);
    assert.equal(peaks.length, one.peaks.length);
    // the weight of the dark part, between the pixels, is known to four digits
    for (const [name, tolerance] of [["y", ROUNDING], ["x", ROUNDING], ["height", ROUNDING], ["significance", 2e-3]]) {
      const [ours, theirs] = [peaks, one.peaks].map((list) => list.map((peak) => peak[name]));
      assert.ok(largestDifference(ours, theirs) < tolerance, name);
    }
  });
}

test("what was set before stays, whatever is set again", () => {
  const [first, second] = golden.disks.slice(1, 3);
  const correlate = (correlator) => correlator.correlate().values.slice();
  const made = (image, template) => {
    const correlator = createCorrelator(first.frame);
    correlator.setImage(image);
    correlator.setTemplate(template);
    return correlate(correlator);
  };
  const [wide, narrow] = [templateOf({ ...first, exclusion: 12 }), templateOf({ ...second, exclusion: 6 })];
  const [one, other] = [first.image, first.image.toReversed()];
  const correlator = createCorrelator(first.frame);
  correlator.setTemplate(wide);
  correlator.setImage(one);
  assert.deepEqual(correlate(correlator), made(one, wide));
  correlator.setTemplate(narrow); // on a smaller grid
  assert.deepEqual(correlate(correlator), made(one, narrow));
  correlator.setImage(other);
  assert.deepEqual(correlate(correlator), made(other, narrow));
  correlator.setTemplate(wide);
  assert.deepEqual(correlate(correlator), made(other, wide));
});

for (const { frame, radius, spots, shares, peaks, result } of golden.found_disks) {
  test(`of ${result.visible} visible disks ${result.found} are found, ${result.false} rings are wrong`, () => {
    const { visible, ...ours } = compare(peaks, trueDisks(spots, shares, frame), radius);
    assert.equal(visible.length, result.visible);
    for (const name of ["found", "false"]) assert.equal(ours[name], result[name]);
    for (const name of ["direct", "others"]) {
      if (result[name] === null) assert.equal(ours[name], null);
      else assert.ok(Math.abs(ours[name] - result[name]) < ROUNDING);
    }
  });
}

test("what was found is said as far as there is something to say", () => {
  const disks = { visible: [1, 2, 3], found: 2, direct: 0.0512, others: 0.214, false: 1 };
  const px = "\u00a0px";
  assert.equal(
    foundText(disks),
    `2 of 3 disks found, the direct beam 0.05${px} off along one axis, the others 0.21${px} (rms); ` +
      "1 ring where there is no disk",
  );
  assert.equal(foundText({ ...disks, found: 0, direct: null, others: null, false: 0 }), "0 of 3 disks found");
});

test("a radius stops at its neighbours, and those that are closer already stay", () => {
  const radii = { spot: 2.2, inner: 6, outer: 9, exclusion: 12.15 };
  const apart = { inner: 0.5, outer: 0.5, exclusion: 1 };
  const ends = { spot: [-1, 5.5], inner: [2.7, 8.5], outer: [6.5, 11.15], exclusion: [10, 99] };
  for (const name of RADII) {
    assert.equal(stopped(name, radii[name] + 0.1, radii, apart), radii[name] + 0.1);
    assert.deepEqual([-1, 99].map((value) => stopped(name, value, radii, apart)), ends[name]);
  }
  assert.equal(stopped("outer", 1, radii, apart, ["outer", "exclusion"]), 1); // a disk has no ring
  const close = { ...radii, exclusion: 9.2 };
  assert.equal(stopped("exclusion", 9.1, close, apart), 9.2);
  assert.equal(stopped("outer", 9.1, close, apart), 9);
  assert.equal(stopped("exclusion", 11, close, apart), 11);
});

for (const { radii, frame, field, image, result, ...about } of golden.bullseye_ends) {
  test(`a ${about.kind} of ${JSON.stringify(radii)} looks as it does in Python and finds as many disks`, () => {
    const probes = [{ name: "", probe: null, radius: 5, ...about }];
    const ranges = Object.fromEntries(Object.entries(radii).map(([name, at]) => [name, [at, at]]));
    const model = new Map(Object.entries({ ...radii, threshold: 3, probe: "", zero_sum: true }));
    const meta = { ranges: { ...ranges, threshold: [3, 3] }, frame, probes, recorded: true, field, min_distance: null };
    const now = bullseyeState(model, meta, [{ values: image, disks: null }]);
    now.update(new Set(["probe"]));
    const rms = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    // single precision
    assert.ok(Math.abs(rms(now.templatePicture) - result.template) < 1e-6);
    assert.ok(Math.abs(rms(now.correlation) - result.correlation) < 1e-5 * (1 + result.correlation));
    assert.equal(now.peaks.length, result.peaks);
  });
}
