// The last merges of a tree of crystallites, cut at any height: the twin of merge_tree.py. Nodes are the leaves
// 0 ... n - 1, and n + i, what merge i makes.
import { memoise } from "./memoise.js";

/** createTree(leaves: the leaf of each frame, {merges: [[a, b]], heights}) returns what follows from them. */
export function createTree(leaves, { merges, heights }) {
  const count = merges.length + 1;
  const tree = { count, merges, heights, ...nodesOf(leaves, merges, count) };
  tree.parents = new Map(merges.flatMap((pair, i) => pair.map((child) => [child, count + i])));
  tree.places = memoise(
    () => "always",
    () => placesOf(tree),
  );
  /**
   * Nodes that are left when no merge higher than a threshold is made, the largest first, of equal ones the first:
   * {nodes, sizes, placeOf: the place in nodes of each leaf}.
   */
  tree.cut = (threshold) => {
    const made = heights.filter((height) => height <= threshold).length;
    const merged = new Set(merges.slice(0, made).flat());
    const nodes = Array.from({ length: count + made }, (_, node) => node).filter((node) => !merged.has(node));
    nodes.sort((a, b) => tree.sizes[b] - tree.sizes[a] || tree.firsts[a] - tree.firsts[b]);
    const placeOf = new Uint8Array(count);
    nodes.forEach((node, place) => {
      for (const leaf of tree.members[node]) placeOf[leaf] = place;
    });
    return { nodes, placeOf, sizes: nodes.map((node) => tree.sizes[node]) };
  };
  return tree;
}

function nodesOf(leaves, merges, count) {
  const members = Array.from({ length: count }, (_, leaf) => [leaf]);
  const sizes = new Array(count).fill(0);
  const firsts = new Array(count).fill(Infinity);
  leaves.forEach((leaf, frame) => {
    sizes[leaf]++;
    firsts[leaf] = Math.min(firsts[leaf], frame);
  });
  for (const [a, b] of merges) {
    members.push([...members[a], ...members[b]].sort((one, other) => one - other));
    sizes.push(sizes[a] + sizes[b]);
    firsts.push(Math.min(firsts[a], firsts[b]));
  }
  return { members, sizes, firsts };
}

// Where each node stands in a drawing without crossings, from 0 to 1: leaves evenly, the larger of two nodes left.
function placesOf({ count, merges, sizes, firsts }) {
  const places = new Array(2 * count - 1);
  const todo = [2 * count - 2];
  let drawn = 0;
  while (todo.length) {
    const node = todo.pop();
    if (node < count) places[node] = (drawn++ + 0.5) / count;
    else {
      const [a, b] = merges[node - count];
      const aIsLarge = sizes[a] - sizes[b] || firsts[b] - firsts[a];
      todo.push(...(aIsLarge > 0 ? [b, a] : [a, b]));
    }
  }
  merges.forEach(([a, b], i) => {
    places[count + i] = (places[a] + places[b]) / 2;
  });
  return places;
}

/**
 * Lines of the tree between two heights, cut in two at the threshold: [{points: [[x, height], ...], place}], the place
 * being that of a crystallite of the cut, or null above it.
 */
export function branches(tree, { nodes, placeOf }, threshold, [low, high]) {
  const { count, merges, heights, members, parents } = tree;
  const places = tree.places();
  const foot = (node) => Math.max(low, node < count ? low : heights[node - count]);
  const lines = [];
  places.forEach((x, node) => {
    const [start, end] = [foot(node), parents.has(node) ? heights[parents.get(node) - count] : high];
    const place = placeOf[members[node][0]];
    const below = start <= threshold;
    if (below) lines.push({ place, points: [[x, start], [x, Math.min(end, threshold)]] });
    if (end > threshold) lines.push({ place: null, points: [[x, Math.max(start, threshold)], [x, end]] });
    if (node >= count) {
      const points = merges[node - count].map((child) => [places[child], start]);
      lines.push({ place: below ? place : null, points });
    }
  });
  return { lines, stems: nodes.map((node) => places[node]) };
}

/** Adjusted Rand index of two partitions: table[i][j] counts what is in part i of one and part j of the other. */
export function adjustedRandIndex(table) {
  const pairs = (n) => (n * (n - 1)) / 2;
  const total = (numbers) => numbers.reduce((sum, n) => sum + n, 0);
  const rows = table.map(total);
  const columns = table[0].map((_, j) => total(table.map((row) => row[j])));
  const [both, one, other] = [table.flat(), rows, columns].map((counts) => total(counts.map(pairs)));
  if (both === one && both === other) return 1; // the same pairs, or none at all
  const expected = (one * other) / pairs(total(rows));
  return (both - expected) / ((one + other) / 2 - expected);
}
