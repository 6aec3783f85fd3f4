// Geometry of arrows: plain numbers in, an SVG path out.

/** Length of the longest arrow of a field in units of the disk's radius. */
export const REACH = 0.35;

const HEAD_ANGLE = Math.PI / 7;

/**
 * Path of arrows. tails and vectors are arrays of (y, x); toX and toY place a tail on the picture, `scale` turns
 * vector units into picture units. Heads shrink with short arrows so that a small shift never looks large.
 */
export function quiverPath(tails, vectors, { toX, toY, scale, head = 6 }) {
  let path = "";
  for (let i = 0; i < tails.length; i++) {
    const x = toX(tails[i][1]);
    const y = toY(tails[i][0]);
    path += arrowPath(x, y, vectors[i][1] * scale, vectors[i][0] * scale, head);
  }
  return path;
}

/** One arrow from (x, y) by (dx, dy); a dot where it has no length, nothing where it has no value. */
export function arrowPath(x, y, dx, dy, head) {
  if (!Number.isFinite(dx) || !Number.isFinite(dy)) return "";
  const length = Math.hypot(dx, dy);
  const endX = x + dx;
  const endY = y + dy;
  if (length < 0.5) return `M${short(x)} ${short(y)}h.01`;
  const size = Math.min(head, 0.45 * length);
  const angle = Math.atan2(dy, dx);
  const barb = (sign) => {
    const side = angle + sign * HEAD_ANGLE;
    return `${short(endX - size * Math.cos(side))} ${short(endY - size * Math.sin(side))}`;
  };
  const end = `${short(endX)} ${short(endY)}`;
  return `M${short(x)} ${short(y)}L${end}M${barb(1)}L${end}L${barb(-1)}`;
}

/** Whether any of these arrows ends outside a box of {left, right, top, bottom}. */
export function leaves(tails, vectors, { toX, toY, scale }, { left, right, top, bottom }) {
  return tails.some(([ky, kx], i) => {
    const x = toX(kx) + vectors[i][1] * scale;
    const y = toY(ky) + vectors[i][0] * scale;
    return x < left || x > right || y < top || y > bottom;
  });
}

/** Path of small circles where the arrows would end: a second field over a first one, told apart by its shape. */
export function tipPath(tails, vectors, { toX, toY, scale, radius = 3 }) {
  let path = "";
  for (let i = 0; i < tails.length; i++) {
    const x = toX(tails[i][1]) + vectors[i][1] * scale;
    const y = toY(tails[i][0]) + vectors[i][0] * scale;
    if (Number.isFinite(x + y)) path += circlePath(x, y, radius);
  }
  return path;
}

export const circlePath = (x, y, r) =>
  `M${short(x - r)} ${short(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

const short = (value) => Math.round(value * 10) / 10;

/** Largest length of (y, x) pairs in a flat array. */
export function longestVector(values) {
  let longest = 0;
  for (let i = 0; i < values.length; i += 2) {
    const length = Math.hypot(values[i], values[i + 1]);
    if (length > longest) longest = length;
  }
  return longest;
}

/** Affine field: [1, ky, kx] @ fit for every k (n, 2); fit is 3 x 2 in C order. */
export function affineField(k, fit) {
  const field = new Float64Array(k.length);
  for (let i = 0; i < k.length; i += 2) {
    field[i] = fit[0] + k[i] * fit[2] + k[i + 1] * fit[4];
    field[i + 1] = fit[1] + k[i] * fit[3] + k[i + 1] * fit[5];
  }
  return field;
}

/** Index of the point nearest to (y, x). */
export function nearest(points, y, x) {
  let best = -1;
  let distance = Infinity;
  for (let i = 0; i < points.length; i++) {
    const d = (points[i][0] - y) ** 2 + (points[i][1] - x) ** 2;
    if (d < distance) [best, distance] = [i, d];
  }
  return best;
}

/** Nearest point into the direction (dy, dx) from points[from]: what an arrow key should choose. */
export function nextInDirection(points, from, [dy, dx]) {
  let best = from;
  let cost = Infinity;
  for (let i = 0; i < points.length; i++) {
    const y = points[i][0] - points[from][0];
    const x = points[i][1] - points[from][1];
    const along = y * dy + x * dx;
    const across = Math.abs(y * dx - x * dy);
    if (along <= 1e-12 || across > along) continue;
    const total = along + 2 * across;
    if (total < cost) [best, cost] = [i, total];
  }
  return best;
}
