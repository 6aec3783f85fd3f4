import assert from "node:assert/strict";
import test from "node:test";
import * as drawing from "../../tcbf_widgets/widgets/shared/reciprocity_drawing.js";
import { fixed } from "../../tcbf_widgets/widgets/shared/numbers.js";
import { describe } from "../../tcbf_widgets/widgets/shared/reciprocity_words.js";
import { stemColumn } from "../../tcbf_widgets/widgets/shared/microscopes.js";
import { spread } from "../../tcbf_widgets/widgets/shared/spread.js";
import { alike, golden, largestDifference } from "./golden.mjs";

const times = ({ exaggeration: { angles, defocus } }) => angles * defocus;

for (const { state, ctem, stem } of golden.reciprocity) {
  test(`the drawings for ${state.tilt} mrad at ${state.defocus} Å are those of Python`, () => {
    alike(drawing.ctemDrawing(state), ctem);
    alike(drawing.stemDrawing(state), stem);
  });

  test(`the shift drawn for ${state.tilt} mrad at ${state.defocus} Å is λ C10 k`, () => {
    const expected = 1e-3 * state.tilt * -state.defocus; // Å
    assert.ok(Math.abs(drawing.imageShift(state) - expected) < 1e-7);
    const exaggerated = 1e7 / times(state); // Å for a mm of the drawing
    for (const { arrows } of [drawing.ctemDrawing(state), drawing.stemDrawing(state)]) {
      assert.equal(arrows.length > 0, drawing.isBrightField(state));
      if (arrows.length) assert.ok(Math.abs(arrows[0].to * exaggerated - expected) < 1e-6);
    }
  });

  test(`what is said for ${state.tilt} mrad at ${state.defocus} Å is what the rays of Python do`, () => {
    const words = describe(state, 0.0197);
    const axial = stem.rays.find(({ name }) => name === "axial").points;
    const [specimen, probe] = ["specimen", "probe"].map((name) => stem.parts.find(({ label }) => label[0] === name));
    const at = (z) => axial.find((point) => Math.abs(point[1] - z) < 1e-9)[0];
    // the projector turns the direction of a ray into a place on the detector
    const { focalLength } = stemColumn({ defocus: 0, semiangle: 4 }).plane("projector");
    const pixel = fixed(axial.at(-1)[0] / (1e-10 * focalLength * state.exaggeration.angles), 2);
    assert.match(words.stem, new RegExp(`detector pixel ${pixel} mrad:`));
    if (drawing.isBrightField(state)) {
      const offset = ((at(specimen.z) - at(probe.z)) * 1e7) / times(state); // Å
      assert.equal(words.stemFoot, `ray at the specimen: ${fixed(offset, 1)} Å from the probe`);
      const shift = fixed(1e-3 * state.tilt * -state.defocus, 1);
      assert.equal(words.ctemFoot, `λ C10 k = ${shift}\u00a0Å, referred to the specimen`);
      assert.match(words.status, new RegExp(`displaced by ${shift}.*pixel ${pixel} mrad .* probe at ${shift}`));
    } else {
      assert.doesNotMatch(Object.values(words).join(), /displaced|λ C10 k|from the probe/);
      assert.match(words.status, /dark field/);
    }
    // as the other figures begin and end
    assert.match(words.status, /^defocus .*[^.]$/);
  });
}

test("upside down, the scanning microscope has the rays of the conventional one behind its deflectors", () => {
  const state = { ...golden.reciprocity[1].state, traces: true, tilted_beams: true, inverted: true };
  const below = ({ rays, parts }, ...names) => {
    const places = parts.filter(({ kind }) => names.includes(kind)).map(({ z }) => z.toFixed(6));
    return rays.map(({ name, points }) => [
      name,
      points
        .filter(([, z]) => places.includes(z.toFixed(6)))
        .map(([x, z]) => [x, z].map((value) => value.toFixed(6).replace("-0.000000", "0.000000")).join(" "))
        .sort(),
    ]);
  };
  const [ctem, stem] = [drawing.ctemDrawing(state), drawing.stemDrawing(state)];
  const kinds = ["specimen", "aperture"];
  // the directions of the disk are counted from the other side
  const sorted = (rays) => rays.map(([name, points]) => `${name} ${points.join(", ")}`).sort();
  assert.deepEqual(sorted(below(ctem, ...kinds)), sorted(below(stem, ...kinds)));
});

for (const [number, { wanted, sizes, limits, expected }] of golden.spreads.entries()) {
  test(`labels are spread as in Python, case ${number}`, () => {
    const ours = spread(wanted, sizes, limits);
    assert.ok(largestDifference(ours, expected) < 1e-9);
    for (let i = 1; i < ours.length; i++) assert.ok(ours[i] - ours[i - 1] > (sizes[i] + sizes[i - 1]) / 2 - 1e-9);
  });
}
