// The beam of TiltedIllumination, projected on x, as a drawing for ray_diagram.js; tilted_drawing.py mirrors it.
import { MILLIMETRE } from "./numbers.js";
import { rayPoints } from "./ray_diagram.js";
import { createColumn } from "./rays.js";

export const [HALF, DEPTH] = [1.45, 4]; // mm
const [LENS, FOCUS] = [0.9, 2.4]; // mm from the source
const RIM = 0.95; // mm, radius of the disk on the detector
const DEEPEST = 1.1; // mm, where a specimen at the end of the slider is drawn
const DIRECTIONS = [-1, -0.5, 0, 0.5, 1]; // of the probe, in semi-angles
const SLOPE = RIM / (DEPTH - FOCUS);

/** How many times angles and the defocus are drawn too large; mrad and Å. */
export const exaggeration = (semiangle, deepest) => [(1e3 * SLOPE) / semiangle, (DEEPEST * MILLIMETRE) / deepest];

/** Drawing for a defocus and the largest one (Å), and a pixel `away` to the right of the axis, in semi-angles. */
export function tiltedDrawing({ defocus, deepest, away, inside }) {
  const column = columnWith((DEEPEST * defocus) / deepest);
  const probe = column.trace(
    DIRECTIONS.map((direction) => [0, SLOPE * direction]),
    "focus",
  );
  const rays = probe.map((path) => ({ name: "disk", points: rayPoints(column, path, MILLIMETRE) }));
  const specimen = column.plane("specimen").position / MILLIMETRE;
  if (inside) {
    const [chosen] = column.trace([[0, SLOPE * away]], "focus");
    rays.push({ name: "axial", points: rayPoints(column, chosen, MILLIMETRE) });
  } else {
    const at = column.planes.findIndex(({ name }) => name === "specimen");
    const scattered = (path) => [[path.heights[at] / MILLIMETRE, specimen], [RIM * away, DEPTH]];
    rays.push(...probe.map((path) => ({ name: "bundle", points: scattered(path), dashed: true })));
  }
  return {
    half: HALF,
    depth: DEPTH,
    flow: 1,
    parts: parts(specimen),
    rays,
    arrows: inside ? [{ name: "axial", z: specimen, from: 0, to: SLOPE * away * (specimen - FOCUS) }] : [],
    dots: [{ name: "axial", x: RIM * away, z: DEPTH }],
  };
}

// The specimen stands `before` mm in front of the focus.
function columnWith(before) {
  const focalLength = MILLIMETRE / (1 / LENS + 1 / (FOCUS - LENS));
  const planes = [
    { name: "source", position: 0 },
    { name: "lens", position: LENS * MILLIMETRE, focalLength },
    { name: "specimen", position: (FOCUS - before) * MILLIMETRE },
    { name: "focus", position: FOCUS * MILLIMETRE },
    { name: "detector", position: DEPTH * MILLIMETRE },
  ];
  return createColumn(planes.sort((a, b) => a.position - b.position));
}

const parts = (specimen) => [
  { kind: "screen", z: 0, half: 0.2, label: ["source"] },
  { kind: "lens", z: LENS, half: 1.1, label: ["lens and", "aperture"] },
  { kind: "aperture", z: LENS, half: 1.3, hole: SLOPE * (FOCUS - LENS) },
  { kind: "plane", z: FOCUS, half: 1.2, label: ["focus"] },
  { kind: "specimen", z: specimen, half: 1.2, label: ["specimen"] },
  { kind: "screen", z: DEPTH, half: HALF, disk: RIM, label: ["detector"] },
];
