// Two microscopes with one objective, as tcbf_widgets/microscopes.py has them.
import { MILLIMETRE } from "./numbers.js";
import { createColumn, tiltPair } from "./rays.js";

const [CONDENSER, FIRST, SECOND, FOCUS, OBJECTIVE, IMAGE] = [1.2, 1.8, 2.7, 4.1, 5.6, 8.6].map((mm) => mm * MILLIMETRE);
const FOCAL_LENGTH = MILLIMETRE;

const inOrder = (planes) => planes.sort((a, b) => a.position - b.position);

/** Conventional microscope with a tilted plane wave; Å and mrad. */
export function ctemColumn({ defocus, tilt, semiangle }) {
  const specimen = FOCUS + defocus;
  const angles = tiltPair(1e-3 * tilt, FIRST, SECOND, specimen);
  return createColumn([
    { name: "source", position: 0 },
    { name: "condenser", position: CONDENSER, focalLength: CONDENSER },
    { name: "first deflector", position: FIRST, deflection: angles[0] },
    { name: "second deflector", position: SECOND, deflection: angles[1] },
    ...inOrder([
      { name: "focus", position: FOCUS },
      { name: "specimen", position: specimen },
    ]),
    { name: "objective", position: OBJECTIVE, focalLength: FOCAL_LENGTH },
    { name: "aperture", position: OBJECTIVE + FOCAL_LENGTH, radius: FOCAL_LENGTH * 1e-3 * semiangle },
    { name: "image", position: IMAGE },
  ]);
}

/** Scanning microscope: the same objective, passed in the other direction. */
export function stemColumn({ defocus, semiangle }) {
  const focus = IMAGE - FOCUS;
  return createColumn([
    { name: "source", position: 0 },
    { name: "aperture", position: IMAGE - OBJECTIVE - FOCAL_LENGTH, radius: FOCAL_LENGTH * 1e-3 * semiangle },
    { name: "objective", position: IMAGE - OBJECTIVE, focalLength: FOCAL_LENGTH },
    ...inOrder([
      { name: "specimen", position: focus - defocus },
      { name: "focus", position: focus },
    ]),
    { name: "projector", position: IMAGE - SECOND, focalLength: SECOND },
    { name: "detector", position: IMAGE },
  ]);
}

/** Where a feature on the axis seems to lie in the image, in Å, referred to the specimen: λ C10 k for a tilt λk. */
export function apparentShift(column) {
  const [axial] = column.trace([[0, 0]], "source");
  return axial.heights.at(-1) / column.matrix("focus", "image")[0][0];
}
