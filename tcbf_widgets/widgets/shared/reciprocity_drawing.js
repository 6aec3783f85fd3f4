// Rays of a conventional and of a scanning microscope as drawings for ray_diagram.js; reciprocity_drawing.py says more.
// Both have the same rays. Those of one direction ("bundle") the conventional one records at once, the scanning one one
// after the other; with those through one point of the focus ("disk") it is the other way round.
import { apparentShift, ctemColumn, stemColumn } from "./microscopes.js";
import { MILLIMETRE, fixed } from "./numbers.js";
import { rayPoints } from "./ray_diagram.js";

export const HALF = 2.2; // mm, half the width of a drawing
export const DEPTH = 8.6; // mm, its height
const BESIDE = [-0.4, -0.2, 0.2, 0.4]; // mm, from the selected ray
const DIRECTIONS = [-1, -0.5, 0, 0.5, 1]; // of the disk, in semi-angles

/**
 * The conventional microscope, electrons running down the page. State: {defocus Å, tilt mrad, semiangle mrad, traces,
 * tilted_beams, inverted, exaggeration: {angles, defocus}, how many times they are drawn too large}.
 */
export function ctemDrawing(state) {
  const column = exaggerated(state, state.tilt);
  const shift = apparentShift(column);
  const rays = directions(state).flatMap((tilt) => lines("disk", exaggerated(state, tilt), state, [[shift, tilt]]));
  if (state.traces) rays.push(...lines("bundle", column, state, beside(shift, state.tilt)));
  rays.push(...lines("axial", column, state, [[shift, state.tilt]]));
  const place = places(column);
  const magnified = (shift / MILLIMETRE) * column.matrix("focus", "image")[0][0];
  const labels = {
    source: ["source"],
    condenser: ["condenser lens"],
    "first deflector": ["deflector"],
    "second deflector": ["deflector"],
    focus: ["focus", ...ifBright(state, `shift ${fixed(imageShift(state), 1)} Å`)],
    specimen: ["specimen", far(state)],
    objective: ["objective lens"],
    aperture: ["aperture", `${fixed(state.semiangle, 1)} mrad`],
    image: ["image (× −2)", "○ without tilt"],
  };
  return {
    half: HALF,
    depth: place.image,
    flow: 1,
    parts: column.planes.map((plane) => part(plane, labels)),
    rays,
    arrows: ifBright(
      state,
      { name: "axial", z: place.focus, from: 0, to: shift / MILLIMETRE },
      { name: "axial", z: place.image, from: 0, to: magnified },
    ),
    dots: [
      { name: "neutral", x: 0, z: 0 },
      { name: "neutral", x: 0, z: place.specimen },
      { name: "neutral", x: 0, z: place.image, open: true },
    ],
  };
}

/** The scanning microscope, electrons running down the page, or up if it is inverted. */
export function stemDrawing(state) {
  const { angles, defocus } = state.exaggeration;
  const column = stemColumn({ defocus: defocus * state.defocus, semiangle: angles * state.semiangle });
  // what the detector pixel sees of the feature on the axis it sees with the probe here
  const probe = apparentShift(exaggerated(state, state.tilt));
  const rays = lines(
    "disk",
    column,
    state,
    directions(state).map((tilt) => [probe, tilt]),
  );
  if (state.traces) rays.push(...lines("bundle", column, state, beside(probe, -state.tilt)));
  rays.push(...lines("axial", column, state, [[probe, -state.tilt]]));
  const place = places(column);
  const labels = {
    source: ["source", "moves to scan"],
    aperture: ["aperture", `${fixed(state.semiangle, 1)} mrad`],
    objective: ["objective lens"],
    specimen: ["specimen", far(state)],
    focus: ["probe", ...ifBright(state, `at ${fixed(imageShift(state), 1)} Å`)],
    projector: ["projector lens"],
    detector: ["detector", `pixel ${fixed(-state.tilt, 2)} mrad`],
  };
  const disk = (1e-3 * angles * state.semiangle * column.plane("projector").focalLength) / MILLIMETRE;
  const source = (probe / MILLIMETRE) * column.matrix("focus", "source")[0][0];
  const drawing = {
    half: HALF,
    depth: place.detector,
    flow: state.inverted ? -1 : 1,
    parts: column.planes.map((plane) => part(plane, labels, disk)),
    rays,
    arrows: ifBright(state, { name: "axial", z: place.focus, from: 0, to: probe / MILLIMETRE }),
    dots: [
      { name: "neutral", x: source, z: 0 },
      { name: "neutral", x: 0, z: place.specimen },
      { name: "axial", x: rays.at(-1).points.at(-1)[0], z: place.detector },
    ],
  };
  return state.inverted ? upsideDown(drawing) : drawing;
}

/** Apparent image shift in Å, referred to the specimen, as the rays have it: λ C10 k. */
export const imageShift = ({ defocus, tilt, semiangle }) => apparentShift(ctemColumn({ defocus, tilt, semiangle }));

/** Tells whether the selected beam passes the aperture. */
export const isBrightField = ({ defocus, tilt, semiangle }) =>
  ctemColumn({ defocus, tilt, semiangle }).trace([[0, 0]], "source")[0].passes.at(-1);

// The marks of a displacement, or none in dark field: no direct beam, no bright-field image that it could move.
const ifBright = (state, ...marks) => (isBrightField(state) ? marks : []);

const far = ({ defocus }) => `Δf = ${fixed(defocus / 1e4, 3)} µm`;

const exaggerated = ({ defocus, semiangle, exaggeration: by }, tilt) =>
  ctemColumn({ defocus: by.defocus * defocus, tilt: by.angles * tilt, semiangle: by.angles * semiangle });

const directions = (state) => (state.tilted_beams ? DIRECTIONS.map((share) => share * state.semiangle) : []);

const beside = (height, angle) => BESIDE.map((far) => [height + far * MILLIMETRE, angle]);

// Rays given by height in Å and angle in mrad at the focus. Behind the specimen a ray ends where it is stopped. Before
// it, it begins there, dashed: no electron comes along it.
function lines(name, column, { exaggeration }, rays) {
  const specimen = column.planes.indexOf(column.plane("specimen"));
  const slopes = rays.map(([height, angle]) => [height, 1e-3 * exaggeration.angles * angle]);
  return column.trace(slopes, "focus").map((path) => {
    const missing = !path.passes[specimen];
    return { name, points: rayPoints(column, path, MILLIMETRE, { after: missing }), dashed: missing };
  });
}

const SHAPES = {
  source: ["plane", 1.6],
  condenser: ["lens", 1.4],
  "first deflector": ["deflector", 2.0],
  "second deflector": ["deflector", 2.0],
  specimen: ["specimen", 1.6],
  focus: ["plane", 1.6],
  objective: ["lens", 2.1],
  aperture: ["aperture", 2.1],
  projector: ["lens", 2.1],
  image: ["screen", 2.2],
  detector: ["screen", 2.2],
};

function part({ name, position, radius }, labels, disk = 0) {
  const [kind, half] = SHAPES[name];
  const hole = kind === "aperture" ? radius / MILLIMETRE : 0;
  return { kind, z: position / MILLIMETRE, half, label: labels[name], hole, disk: name === "detector" ? disk : 0 };
}

const places = ({ planes }) => Object.fromEntries(planes.map(({ name, position }) => [name, position / MILLIMETRE]));

function upsideDown(drawing) {
  const turn = (item) => ({ ...item, z: drawing.depth - item.z });
  const turned = Object.fromEntries(["parts", "arrows", "dots"].map((name) => [name, drawing[name].map(turn)]));
  const rays = drawing.rays.map((ray) => ({ ...ray, points: ray.points.map(([x, z]) => [x, drawing.depth - z]) }));
  return { ...drawing, ...turned, rays };
}
