// Fourier transforms of any length in double precision: lengths with small factors are fast, primes are slow but right.

/** createTransform(n): {run(re, im)} transforms Float64Arrays of length n in place, with exp(-2 pi i j k / n). */
export function createTransform(n) {
  const cosines = Float64Array.from({ length: n }, (_, j) => Math.cos((2 * Math.PI * j) / n));
  const sines = Float64Array.from({ length: n }, (_, j) => -Math.sin((2 * Math.PI * j) / n));
  const factors = primeFactors(n);
  const [fromRe, fromIm] = [new Float64Array(n), new Float64Array(n)];
  const [turnedRe, turnedIm] = [new Float64Array(n), new Float64Array(n)];

  // Transform of the numbers from[start + j * stride], written to re[at ...]: those of its p interleaved parts first.
  const transform = (re, im, at, start, stride, level) => {
    const p = factors[level];
    const m = n / stride / p;
    for (let part = 0; part < p; part++) {
      if (m > 1) transform(re, im, at + part * m, start + part * stride, stride * p, level + 1);
      else {
        re[at + part] = fromRe[start + part * stride];
        im[at + part] = fromIm[start + part * stride];
      }
    }
    for (let k = 0; k < m; k++) combine(re, im, at + k, m, p, k * stride);
  };
  // p numbers, m apart: each turned by its own angle, then a transform of length p.
  const combine = (re, im, at, m, p, angle) => {
    for (let part = 0; part < p; part++) {
      const a = re[at + part * m];
      const b = im[at + part * m];
      const c = cosines[part * angle];
      const s = sines[part * angle];
      turnedRe[part] = a * c - b * s;
      turnedIm[part] = a * s + b * c;
    }
    if (p === 2) {
      re[at] = turnedRe[0] + turnedRe[1];
      im[at] = turnedIm[0] + turnedIm[1];
      re[at + m] = turnedRe[0] - turnedRe[1];
      im[at + m] = turnedIm[0] - turnedIm[1];
      return;
    }
    for (let q = 0; q < p; q++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let part = 0; part < p; part++) {
        const turn = ((part * q) % p) * (n / p);
        sumRe += turnedRe[part] * cosines[turn] - turnedIm[part] * sines[turn];
        sumIm += turnedRe[part] * sines[turn] + turnedIm[part] * cosines[turn];
      }
      re[at + q * m] = sumRe;
      im[at + q * m] = sumIm;
    }
  };
  return {
    run(re, im) {
      if (n === 1) return;
      fromRe.set(re);
      fromIm.set(im);
      transform(re, im, 0, 0, 1, 0);
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
