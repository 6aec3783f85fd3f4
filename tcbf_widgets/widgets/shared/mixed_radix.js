// Fourier transforms of any length in double precision: lengths with small factors are fast, primes are slow but right.

/** createTransform(n): {run(re, im)} transforms Float64Arrays of length n in place, with exp(-2 pi i j k / n). */
export function createTransform(n) {
  const cosines = Float64Array.from({ length: n }, (_, j) => Math.cos((2 * Math.PI * j) / n));
  const sines = Float64Array.from({ length: n }, (_, j) => -Math.sin((2 * Math.PI * j) / n));
  const factors = primeFactors(n);
  const [fromRe, fromIm] = [new Float64Array(n), new Float64Array(n)];
  const [partRe, partIm] = [new Float64Array(n), new Float64Array(n)];

  // Transform of the `length` numbers from[start + j * stride], written to re[at ...]: the transforms of its p interleaved
  // parts, and then their sums, weighted by powers of the root of unity.
  const transform = (re, im, at, start, stride, length, level) => {
    if (length === 1) {
      re[at] = fromRe[start];
      im[at] = fromIm[start];
      return;
    }
    const p = factors[level];
    const m = length / p;
    for (let part = 0; part < p; part++)
      transform(re, im, at + part * m, start + part * stride, stride * p, m, level + 1);
    combine(re, im, at, m, p, stride);
  };
  const combine = (re, im, at, m, p, stride) => {
    const length = m * p;
    for (let k = 0; k < length; k++) {
      const place = at + (k % m);
      let sumRe = re[place];
      let sumIm = im[place];
      for (let part = 1; part < p; part++) {
        const turn = ((part * k) % length) * stride;
        const a = re[place + part * m];
        const b = im[place + part * m];
        sumRe += a * cosines[turn] - b * sines[turn];
        sumIm += a * sines[turn] + b * cosines[turn];
      }
      partRe[k] = sumRe;
      partIm[k] = sumIm;
    }
    for (let k = 0; k < length; k++) {
      re[at + k] = partRe[k];
      im[at + k] = partIm[k];
    }
  };
  return {
    run(re, im) {
      fromRe.set(re);
      fromIm.set(im);
      transform(re, im, 0, 0, 1, n, 0);
    },
  };
}

function primeFactors(n) {
  const factors = [];
  for (let p = 2; n > 1; p++) for (; n % p === 0; n /= p) factors.push(p);
  return factors;
}

/** createTransform2d([height, width]): {run(re, im)} transforms pictures in C order in place. */
export function createTransform2d([height, width]) {
  const along = createTransform(width);
  const down = createTransform(height);
  const [columnRe, columnIm] = [new Float64Array(height), new Float64Array(height)];
  return {
    run(re, im) {
      for (let y = 0; y < height; y++) {
        const [start, end] = [y * width, (y + 1) * width];
        along.run(re.subarray(start, end), im.subarray(start, end));
      }
      for (let x = 0; x < width; x++) {
        for (let y = 0; y < height; y++) {
          columnRe[y] = re[y * width + x];
          columnIm[y] = im[y * width + x];
        }
        down.run(columnRe, columnIm);
        for (let y = 0; y < height; y++) {
          re[y * width + x] = columnRe[y];
          im[y * width + x] = columnIm[y];
        }
      }
    },
  };
}
