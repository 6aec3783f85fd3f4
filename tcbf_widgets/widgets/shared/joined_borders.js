// Borders between regions of a map as lines that go on as far as they can: only so do their dashes. The twin of
// borders.py.

/** SVG path along the edges between cells of different number, in pixel units, without the rim of the map. */
export function joinedBorders(map, [height, width]) {
  const across = width + 1; // corners of cells in a row
  const ends = new Map(); // corner -> corners at the other ends of its edges
  const join = (a, b) => {
    for (const [from, to] of [[a, b], [b, a]]) ends.set(from, [...(ends.get(from) ?? []), to]);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [cell, corner] = [y * width + x, y * across + x];
      if (x && map[cell] !== map[cell - 1]) join(corner, corner + across);
      if (y && map[cell] !== map[cell - width]) join(corner, corner + 1);
    }
  }
  const forks = new Set([...ends.keys()].filter((corner) => ends.get(corner).length !== 2));
  let path = "";
  const walk = (start) => {
    path += `M${start % across} ${Math.floor(start / across)}`;
    let at = start;
    do {
      const next = ends.get(at).pop();
      const back = ends.get(next);
      back.splice(back.indexOf(at), 1);
      path += next === at + 1 ? "h1" : next === at - 1 ? "h-1" : next > at ? "v1" : "v-1";
      at = next;
    } while (!forks.has(at) && ends.get(at).length);
  };
  for (const corner of [...forks, ...ends.keys()]) while (ends.get(corner).length) walk(corner);
  return path;
}
