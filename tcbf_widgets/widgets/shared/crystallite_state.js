// What the CrystalliteMap view looks at: the model's traits and what follows from them.
import { unpackArray } from "./arrays.js";
import { limits } from "./contrast.js";
import { memoise } from "./memoise.js";
import { adjustedRandIndex, createTree } from "./merge_tree.js";
import { clamp } from "./numbers.js";

export const TRAITS = ["threshold", "feature", "position", "true_boundaries"];

/**
 * What is shown; update() follows the model, forget() has all of it count as new. `hovered` {feature, position} are
 * under the mouse (or null), and looked at for as long as it is there.
 */
export function crystalliteState(model, meta) {
  const packed = model.get("arrays");
  const array = (name) => (packed[name] ? unpackArray(packed[name], name) : null);
  const [leaves, truth, map, patterns] = ["leaves", "truth", "map", "patterns"].map(array);
  const [fields, lows, steps, means] = ["fields", "lows", "steps", "means"].map(array);
  const scan = leaves.shape;
  const tree = createTree(leaves.raw, meta);
  const tables = truth && contingency(leaves.raw, truth.raw, tree.count);
  const labels = new Uint8Array(leaves.size);
  const now = {
    tree,
    scan,
    labels,
    truth: truth?.raw ?? null,
    places: array("places").raw,
    fieldShape: fields.shape.slice(1),
    features: fields.shape[0],
    hasMap: Boolean(map),
    hasPatterns: Boolean(patterns),
    hovered: { feature: null, position: null },
  };
  const frame = ([y, x]) => clamp(y, 0, scan[0] - 1) * scan[1] + clamp(x, 0, scan[1] - 1);
  now.numberAt = (row, column) => labels[row * scan[1] + column];
  now.field = memoise(
    () => now.feature,
    () => fieldOf(fields, lows, steps, now.feature),
  );
  now.pattern = memoise(
    () => now.node,
    () => meanPattern(tree, now.node, patterns),
  );
  now.strengths = memoise(
    () => now.node,
    () => meanFeatures(tree, now.node, means),
  );
  now.brightness = () => now.cut.nodes.map((node) => meanFeatures(tree, node, means)[now.feature]);
  now.detector = () => {
    if (now.node !== null && patterns) return now.pattern();
    return map ? map.values() : new Float32Array(meta.detector.shape[0] * meta.detector.shape[1]);
  };
  // one range for all crystallites, so that they can be compared
  const range = {
    patterns: memoise(() => String(model.get("contrast")), () => limits(patterns.values(), model.get("contrast"))),
    map: memoise(() => String(model.get("contrast")), () => limits(map.values(), model.get("contrast"))),
  };
  now.detectorLimits = () => {
    if (now.node !== null && patterns) return range.patterns();
    return map ? range.map() : [0, 1];
  };
  let last = {}; // what was looked at before
  let index = null;
  now.forget = () => {
    last = {};
  };
  now.update = () => {
    now.threshold = clamp(model.get("threshold"), ...meta.ranges.threshold);
    const cut = tree.cut(now.threshold);
    const count = cut.nodes.length;
    const otherCut = count !== last.count; // merges are made in one order
    if (otherCut) {
      now.cut = cut;
      for (let i = 0; i < labels.length; i++) labels[i] = cut.placeOf[leaves.raw[i]];
      index = tables && adjustedRandIndex(merged(tables, cut));
      now.inGap = meta.gap.shown && count === meta.gap.count;
    }
    now.index = model.get("true_boundaries") ? index : null; // it would give the answer away
    now.feature = clamp(now.hovered.feature ?? model.get("feature"), 0, now.features - 1);
    const position = now.hovered.position ?? model.get("position");
    now.chosen = position ? labels[frame(position)] : null;
    now.node = now.chosen === null ? null : now.cut.nodes[now.chosen];
    now.is = { otherCut, otherFeature: now.feature !== last.feature, otherNode: now.node !== last.node };
    last = { count, feature: now.feature, node: now.node };
  };
  return now;
}

function fieldOf(fields, lows, steps, feature) {
  const size = fields.size / fields.shape[0];
  const [low, step] = [lows.raw[feature], steps.raw[feature]];
  return Float32Array.from(fields.raw.subarray(feature * size, (feature + 1) * size), (raw) => low + raw * step);
}

// Root of the mean counts of a node: what its leaves have, squared, weighed by their frames.
function meanPattern({ members, sizes }, node, patterns) {
  const size = patterns.size / patterns.shape[0];
  const values = patterns.values();
  const total = new Float64Array(size);
  for (const leaf of members[node])
    for (let i = 0, o = leaf * size; i < size; i++, o++) total[i] += sizes[leaf] * (values[o] * values[o]);
  return Float32Array.from(total, (sum) => Math.sqrt(sum / sizes[node]));
}

function meanFeatures({ members, sizes }, node, { raw, shape: [, count] }) {
  const mean = new Float64Array(count);
  if (node === null) return mean;
  for (const leaf of members[node])
    for (let i = 0; i < count; i++) mean[i] += (sizes[leaf] / sizes[node]) * raw[leaf * count + i];
  return mean;
}

// Frames of each leaf in each grain of the truth.
function contingency(leaves, truth, count) {
  const grains = truth.reduce((most, grain) => Math.max(most, grain), 0) + 1;
  const table = Array.from({ length: count }, () => new Array(grains).fill(0));
  leaves.forEach((leaf, i) => table[leaf][truth[i]]++);
  return table;
}

const merged = (table, { nodes, placeOf }) =>
  nodes.map((_, place) => {
    const rows = table.filter((_, leaf) => placeOf[leaf] === place);
    return rows[0].map((_, grain) => rows.reduce((sum, row) => sum + row[grain], 0));
  });
