// What the MissingWedge view looks at: the model's traits and what follows from them.
import { limits } from "./contrast.js";
import { clamp } from "./numbers.js";
import { createCuts, sectioningLimit, wedgeWeight } from "./wedge.js";

export const TRAITS = ["beta", "semiangle", "depth", "y"];
export const VOLUMES = ["object", "recorded", "weighted"];
const DARKER = 0.4; // of the range of grey levels lies below the lowest phase: what is taken away leaves negative values
const POINTS = 200; // of a curve

/** What is shown, and what follows from it; update(changed) computes anew what changed, and notes which pictures did. */
export function wedgeState(model, meta, phases) {
  const { shape } = phases;
  const [nz, ny] = shape;
  const { sampling, thickness, wavelength, ranges } = meta;
  const within = (name) => clamp(model.get(name), ...ranges[name]);
  const values = phases.values();
  const cuts = createCuts({ shape, steps: [thickness, sampling] }, values);
  const makeWeight = createWeight(meta.picture, [thickness, sampling]);
  const tables = { recorded: null, weighted: null };
  const now = {
    deep: nz * thickness, // Å
    beta: () => within("beta"),
    semiangle: () => within("semiangle"),
    angle: () => within("semiangle") * 1e-3,
    depth: () => now.slice() * thickness,
    y: () => now.row() * sampling,
    slice: () => Math.min(nz - 1, Math.floor(within("depth") / thickness + 0.5)),
    row: () => Math.min(ny - 1, Math.floor(within("y") / sampling + 0.5)),
    /** Depth resolutions in Å of a size in Å: for the beam, for the weight, for one plane wave. */
    resolution: (size) => ({
      beam: 1 / (2 * sectioningLimit(1 / size, now.angle(), wavelength)),
      weight: (now.beta() * size) / 2,
      wave: (size * size) / wavelength,
    }),
    limit: (q) => sectioningLimit(q, now.angle(), wavelength),
    pictures: Object.fromEntries(VOLUMES.map((name) => [name, { section: null, plane: null }])),
  };
  const recorded = () => {
    const [angle, end] = [now.angle(), (2e-3 * now.semiangle()) / wavelength];
    return (kz, square) => {
      const q = Math.sqrt(square);
      return q <= end && kz <= sectioningLimit(q, angle, wavelength) ? 1 : 0;
    };
  };
  const weights = { recorded, weighted: () => (kz, square) => wedgeWeight(kz, square, now.beta()) };
  now.update = (changed) => {
    const has = (...names) => names.some((name) => changed.has(name));
    if (has("contrast")) now.limits = rangeOf(values, model.get("contrast"));
    if (has("beta")) now.weight = makeWeight(now.beta());
    if (has("beta", "semiangle")) now.curves = curvesOf(now, meta);
    for (const name of VOLUMES) {
      const filtered = has(name === "weighted" ? "beta" : "semiangle") && name !== "object";
      if (filtered) tables[name] = cuts.weights(weights[name](), tables[name] ?? undefined);
      const picture = now.pictures[name];
      picture.changed = { section: filtered || has("y"), plane: filtered || has("depth") };
      if (picture.changed.section)
        picture.section = name === "object" ? rowOf(values, shape, now.row()) : cuts.section(tables[name], now.row()).slice();
      if (picture.changed.plane)
        picture.plane = name === "object" ? sliceOf(values, shape, now.slice()) : cuts.plane(tables[name], now.slice()).slice();
    }
  };
  return now;
}

const sliceOf = (values, [, ny, nx], slice) => values.subarray(slice * ny * nx, (slice + 1) * ny * nx);

function rowOf(values, [nz, ny, nx], row) {
  const section = new Float32Array(nz * nx);
  for (let z = 0; z < nz; z++) section.set(values.subarray((z * ny + row) * nx, (z * ny + row + 1) * nx), z * nx);
  return section;
}

function rangeOf(values, contrast) {
  const [low, high] = limits(values, contrast);
  return [low - DARKER * (high - low), high];
}

/** createWeight([height, width], [thickness, sampling]) returns weight(beta): a picture up to the Nyquist frequencies. */
function createWeight([height, width], [thickness, sampling]) {
  const axis = (pixels, step) => {
    const most = 1 / (2 * step);
    return Float64Array.from({ length: pixels }, (_, i) => (i + 0.5 - pixels / 2) * ((2 * most) / pixels));
  };
  const [kz, qx] = [axis(height, thickness), axis(width, sampling)];
  const picture = new Float32Array(height * width);
  return (beta) => {
    // the same in all four quarters
    for (let z = 0; z < height / 2; z++) {
      const [above, below] = [z * width, (height - 1 - z) * width];
      for (let x = 0; x < width / 2; x++) {
        const weight = wedgeWeight(kz[z], qx[x] * qx[x], beta);
        picture[above + x] = picture[above + width - 1 - x] = weight;
        picture[below + x] = picture[below + width - 1 - x] = weight;
      }
    }
    return picture;
  };
}

/** Depth resolution in nm against size in Å, as far as the object is deep. */
function curvesOf(now, { sizes: [, largest] }) {
  const at = Float64Array.from({ length: POINTS }, (_, i) => ((i + 1) * largest) / POINTS);
  const drawn = (name) =>
    Array.from(at, (size) => {
      const distance = now.resolution(size)[name];
      return distance > 0 && distance <= now.deep ? distance / 10 : NaN; // 0: nothing is taken away
    });
  const thick = [[0, largest], [now.deep / 10, now.deep / 10]];
  return { beam: [at, drawn("beam")], weight: [at, drawn("weight")], wave: [at, drawn("wave")], thick };
}
