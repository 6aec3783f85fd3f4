// The groups of every bin, and which group is looked at.
import { boundaryPath, groupMap, groupSizes, meanImage, meanPair } from "./grouping.js";
import { memoise } from "./memoise.js";
import { clamp, plural } from "./numbers.js";
import { nearest } from "./quiver.js";

/**
 * The traits level and group, clamped to the data, and what follows from them. `hovered` is the group under the
 * mouse (or null); it is looked at for as long as the mouse is there.
 */
export function maskState(model, arrays, meta) {
  const levels = meta.bins.map((bin, index) => lazyLevel(arrays, meta, index));
  const now = {
    hovered: null,
    levels,
    at: () => clamp(model.get("level"), 0, levels.length - 1),
    level: () => levels[now.at()](),
    group: () => clamp(now.hovered ?? model.get("group"), 0, now.level().count - 1),
    // staying over the same part of the disk when the bin changes lets the reader compare
    sameplace: (index) => nearest(levels[index]().centres, ...now.level().centres[now.group()]),
  };
  now.image = memoise(
    () => `${now.at()}/${now.group()}`,
    () => groupImage(arrays, now.level(), now.group()),
  );
  return now;
}

// What a level needs is prepared when it is first looked at: bin 1 alone has as many groups as pixels.
function lazyLevel({ pixels, groups }, meta, index) {
  let made = null;
  return () =>
    (made ??= makeLevel(
      pixels.raw,
      groups.raw.subarray(index * pixels.shape[0], (index + 1) * pixels.shape[0]),
      meta.group_counts[index],
    ));
}

function makeLevel(pixels, groups, count) {
  const sizes = groupSizes(groups, count);
  const { origin, shape, map } = groupMap(pixels, groups);
  const members = Array.from({ length: count }, () => []);
  groups.forEach((group, i) => members[group].push(i));
  const [least, most] = extent(sizes);
  let lines = null;
  return {
    groups,
    count,
    sizes,
    origin,
    shape,
    map,
    members,
    centres: members.map((list) => meanPair(pixels, list)),
    range: least === most ? plural(least, "pixel") : `${least}–${most} pixels`,
    lines: () => (lines ??= most > 1 ? boundaryPath(map, shape) : ""),
  };
}

// Not Math.min(...sizes): at bin 1 there are more groups than a call takes arguments.
function extent(sizes) {
  let [least, most] = [Infinity, -Infinity];
  for (const size of sizes) {
    if (size < least) least = size;
    if (size > most) most = size;
  }
  return [least, most];
}

const groupImage = ({ counts, mean_counts: means }, level, group) =>
  meanImage(counts.raw, means.values(), level.members[group], counts.size / counts.shape[0]);
