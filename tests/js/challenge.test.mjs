// Guesses at a hidden lens are worth the same in a page as in Python.
import assert from "node:assert/strict";
import { test } from "node:test";

import { unpackArray } from "../../tcbf_widgets/widgets/shared/arrays.js";
import { challengeData, scored } from "../../tcbf_widgets/widgets/shared/challenge_state.js";
import { golden } from "./golden.mjs";

const { arrays, meta, states } = golden.challenges;

const unpacked = Object.fromEntries(
  Object.entries(arrays).map(([name, packed]) => {
    const bytes = Buffer.from(packed.data, "base64");
    const data = new DataView(new Uint8Array(bytes).buffer);
    return [name, unpackArray({ ...packed, data }, name)];
  }),
);
const data = challengeData(unpacked, meta);

for (const { values, signal, ...expected } of states) {
  test(`the guess ${Object.values(values).join(", ")} has the signal and the points that Python gives it`, () => {
    const lens = data.values(values);
    const score = data.score(lens);
    for (const name of ["kept", "blur", "points"])
      assert.ok(Math.abs(score[name] - expected[name]) < 1e-6 * Math.max(1, expected[name]), `${name} ${score[name]}`);
    assert.equal(score.upright, expected.upright);
    assert.ok(Math.abs(data.move(lens) - signal) < 1e-6);
  });
}

test("points are those of the image and those of the lens; the wrong sign takes the second half", () => {
  assert.equal(scored({ kept: 1, blur: 0, upright: true }, 2.5).points, 100);
  assert.equal(scored({ kept: 1, blur: 2.5, upright: true }, 2.5).points, 75);
  assert.equal(scored({ kept: 1, blur: 0, upright: false }, 2.5).points, 50);
  assert.equal(scored({ kept: 0, blur: 1e9, upright: true }, 2.5).points < 1e-9, true);
});
