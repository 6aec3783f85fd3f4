import assert from "node:assert/strict";
import test from "node:test";
import { apparentShift, ctemColumn, stemColumn } from "../../tcbf_widgets/widgets/shared/microscopes.js";
import * as rays from "../../tcbf_widgets/widgets/shared/rays.js";
import { golden, largestDifference } from "./golden.mjs";

const make = { ctem: ctemColumn, stem: stemColumn };

// relative to the largest: some Å are what is left of positions of 1e7 Å
const alike = (ours, theirs) => {
  const largest = Math.max(1, ...theirs.flat().map(Math.abs));
  return largestDifference(ours.flat(), theirs.flat()) < 1e-13 * largest;
};

golden.rays.forEach(({ kind, state, planes, at, rays: start, ...expected }, number) => {
  test(`column ${number} (${kind}): matrices and rays are those of Python`, () => {
    const column = kind in make ? make[kind](state) : rays.createColumn(planes);
    const plain = (plane) => ({ focalLength: Infinity, deflection: 0, radius: Infinity, ...plane });
    for (const [i, plane] of planes.entries()) {
      const [ours, theirs] = [plain(column.planes[i]), plain(plane)];
      assert.equal(ours.name, theirs.name);
      for (const part of ["position", "focalLength", "deflection", "radius"])
        assert.ok(ours[part] === theirs[part] || Math.abs(ours[part] - theirs[part]) < 1e-9 * Math.abs(theirs[part]));
    }
    const [first, last] = [planes[0].name, planes.at(-1).name];
    assert.ok(alike(column.matrix(first, last), expected.matrix));
    assert.ok(alike(column.matrix(last, first), expected.back));
    const paths = column.trace(start, at);
    assert.ok(alike(paths.map(({ heights }) => heights), expected.heights));
    assert.ok(alike(paths.map(({ slopes }) => slopes), expected.slopes));
    assert.deepEqual(paths.map(({ passes }) => passes), expected.passes);
  });
});

for (const { kind, state, shift } of golden.rays) {
  if (kind !== "ctem") continue;
  test(`${state.tilt} mrad at ${state.defocus} Å: the image is displaced by λ C10 k`, () => {
    const ours = apparentShift(ctemColumn(state));
    assert.ok(Math.abs(ours - 1e-3 * state.tilt * -state.defocus) < 1e-7);
    assert.ok(Math.abs(ours - shift) < 1e-7);
  });
}

test("two deflectors tilt about their pivot", () => {
  const [first, second] = rays.tiltPair(0.001, 0, 10, 30);
  assert.deepEqual([first, second], [-0.002, 0.003]);
});

test("an unknown plane is named", () => {
  assert.throws(() => stemColumn({ defocus: 0, semiangle: 4 }).matrix("gun", "detector"), /no plane gun/);
});
