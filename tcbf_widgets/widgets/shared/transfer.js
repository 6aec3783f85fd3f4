// Transfer of the aligned sum for defocus and spherical aberration: the twin of round_transfer.py, which
// explains the formulas. u = |q| λ / α runs from 0 to 2; χ = a u² + b u⁴; L = A⋆A Im{exp(i a u² + i b u⁴ / 2) g(u)}.

const NODES = 257; // of the table of g

/** What the sliders say: {rim (1/Å), a, b}. Lengths in Å, semi-angle in mrad. */
export function phaseScales({ defocus, C30, semiangle, wavelength }) {
  const angle = semiangle / 1000;
  return {
    rim: angle / wavelength,
    a: (-Math.PI * angle ** 2 * defocus) / wavelength,
    b: (Math.PI * angle ** 4 * C30) / (2 * wavelength),
  };
}

/** A⋆A at u. */
function envelope(u) {
  if (u >= 2) return 0;
  const x = u / 2;
  return (2 / Math.PI) * (Math.acos(x) - x * Math.sqrt(1 - x * x));
}

/**
 * createTransfer() returns set(scales), which returns the transfer: chi(u), slope(u) = |dχ/du|, envelope(u),
 * closed(u), and exact(u) with its modulus beside it in `transfer.most`. The table of g is kept while b stays.
 */
export function createTransfer() {
  const table = { b: NaN, re: new Float64Array(NODES), im: new Float64Array(NODES) };
  return (scales) => {
    if (table.b !== scales.b) sphericalMean(scales.b, table);
    return transferWith(scales, table);
  };
}

function transferWith({ rim, a, b }, { re, im }) {
  const transfer = { rim, a, b, limit: 2 * rim, most: 0, envelope };
  transfer.chi = (u) => (a + b * u * u) * u * u;
  transfer.slope = (u) => Math.abs((2 * a + 4 * b * u * u) * u);
  transfer.closed = (u) => envelope(u) * Math.sin(transfer.chi(u));
  transfer.exact = (u) => {
    if (u >= 2) return (transfer.most = 0);
    const at = (u * (NODES - 1)) / 2;
    const below = Math.floor(at);
    const t = at - below;
    const gr = re[below] + t * (re[below + 1] - re[below]);
    const gi = im[below] + t * (im[below + 1] - im[below]);
    const phase = (a + (b * u * u) / 2) * u * u;
    const share = envelope(u);
    transfer.most = share * Math.sqrt(gr * gr + gi * gi);
    return share * (Math.cos(phase) * gi + Math.sin(phase) * gr);
  };
  return transfer;
}

/** Largest distance of the exact sum from the closed form, of all frequencies. */
export function largestDifference(transfer) {
  let largest = 0;
  for (let i = 0; i <= 4096; i++) {
    const u = i / 2048;
    largest = Math.max(largest, Math.abs(transfer.exact(u) - transfer.closed(u)));
  }
  return largest;
}

/**
 * Lowest frequency in 1/Å at which the exact sum changes its sign; infinite if there is none below the limit. Searched
 * from the first node of the table on: below it, g is interpolated too coarsely to tell signs.
 */
export function firstZero({ exact, rim }) {
  let low = 2 / (NODES - 1);
  const first = exact(low);
  for (let i = 2048 * low + 1; i < 4096; i++) {
    let high = i / 2048;
    if (exact(high) * first >= 0) {
      low = high;
      continue;
    }
    for (let round = 0; round < 40; round++) {
      const middle = (low + high) / 2;
      if (exact(middle) * first > 0) low = middle;
      else high = middle;
    }
    return low * rim;
  }
  return Infinity;
}

// ---- the table of g

function sphericalMean(b, table) {
  table.b = b;
  const { points, weights } = gaussLegendre(32 + Math.ceil(Math.abs(b)));
  const mean = fresnelTable(2 * Math.abs(b));
  for (let i = 0; i < NODES; i++) {
    const u = (2 * i) / (NODES - 1);
    const power = Math.abs(b) * u * u;
    const span = Math.acos(u / 2) / 2;
    let re = 0;
    let im = 0;
    let area = 0;
    for (let j = 0; j < points.length; j++) {
      const psi = span * (points[j] + 1);
      const s = Math.cos(psi) - u / 2;
      const width2 = Math.sin(psi) ** 2;
      const share = weights[j] * width2;
      mean.at(2 * power * width2);
      const along = share * Math.cos(2 * power * u * s);
      const c = Math.cos(6 * power * s * s);
      const d = Math.sin(6 * power * s * s);
      re += along * (c * mean.re - d * mean.im);
      im += along * (c * mean.im + d * mean.re);
      area += share;
    }
    table.re[i] = area > 0 ? re / area : 1;
    table.im[i] = area > 0 ? (Math.sign(b) * im) / area : 0;
  }
}

const FINE = 0.05; // step of the Fresnel table: cubic interpolation is then good to 2e-9
const fresnel = { count: 0, re: null, im: null };

/** Mean of exp(i t y²) over 0 <= y <= 1 for 0 <= t <= most: at(t) leaves it in {re, im}. */
function fresnelTable(most) {
  const count = Math.ceil(most / FINE) + 2;
  if (count > fresnel.count) fillFresnel(2 * count); // seldom, while a slider moves
  const { re, im } = fresnel;
  const mean = { re: 1, im: 0 };
  mean.at = (t) => {
    const i = Math.floor(t / FINE);
    const x = t / FINE - i;
    mean.re = hermite(re, i, x);
    mean.im = hermite(im, i, x);
  };
  return mean;
}

// value and slope of each entry, one after the other
function fillFresnel(count) {
  const { points, weights } = gaussLegendre(32 + Math.ceil(count * FINE));
  Object.assign(fresnel, { count, re: new Float64Array(2 * count), im: new Float64Array(2 * count) });
  const { re, im } = fresnel;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < points.length; j++) {
      const y2 = ((points[j] + 1) / 2) ** 2;
      const [c, d] = [(weights[j] / 2) * Math.cos(i * FINE * y2), (weights[j] / 2) * Math.sin(i * FINE * y2)];
      re[2 * i] += c;
      im[2 * i] += d;
      re[2 * i + 1] -= y2 * d;
      im[2 * i + 1] += y2 * c;
    }
  }
}

function hermite(table, i, x) {
  const p = table[2 * i];
  const m = FINE * table[2 * i + 1];
  const q = table[2 * i + 2];
  const n = FINE * table[2 * i + 3];
  return p + x * (m + x * (3 * (q - p) - 2 * m - n + x * (2 * (p - q) + m + n)));
}

const rules = new Map();

/** Nodes and weights of the Gauss-Legendre rule on -1 ... 1, by Newton's method. */
export function gaussLegendre(n) {
  if (rules.has(n)) return rules.get(n);
  const [points, weights] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 6; round++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    points[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  rules.set(n, { points, weights });
  return rules.get(n);
}
