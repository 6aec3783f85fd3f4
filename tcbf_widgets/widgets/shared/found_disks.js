// Which of the disks of a pattern were found, and how far off; the twin of found_disks.py.

const LEAST_SHARE = 0.002; // of the electrons in a disk that counts
const NEAR = 1 / 3; // of the radius of a disk: a peak that is farther off is another one

/** True disks {y, x, visible}, the direct beam first, from (m, 2) places and their shares of the electrons. */
export const trueDisks = (spots, shares, [ny, nx]) =>
  Array.from(shares, (share, i) => {
    const [y, x] = [spots[2 * i], spots[2 * i + 1]];
    const inside = y > -0.5 && y < ny - 0.5 && x > -0.5 && x < nx - 0.5;
    return { y, x, visible: inside && share >= LEAST_SHARE };
  });

/**
 * {visible, found, false, direct, others}: visible disks, how many of them have a peak, peaks where there is no disk,
 * pixels from the direct beam to its peak, and the root mean square of the others, both along one axis (the distance
 * over √2); null where there are none.
 */
export function compare(peaks, disks, radius) {
  const best = new Map(); // distance of the nearest peak, by the number of the disk
  let wrong = 0;
  for (const { y, x } of peaks) {
    const distances = disks.map((disk) => Math.hypot(disk.y - y, disk.x - x));
    const distance = Math.min(...distances);
    const nearest = distances.indexOf(distance);
    if (!(distance < NEAR * radius)) wrong++;
    else if (disks[nearest].visible) best.set(nearest, Math.min(distance / Math.SQRT2, best.get(nearest) ?? Infinity));
  }
  const others = [...best].filter(([disk]) => disk).map(([, distance]) => distance);
  const square = others.reduce((sum, distance) => sum + distance * distance, 0);
  return {
    visible: disks.filter((disk) => disk.visible),
    found: best.size,
    false: wrong,
    direct: best.get(0) ?? null,
    others: others.length ? Math.sqrt(square / others.length) : null,
  };
}
