// Fourier transforms of complex square pictures whose side is a power of two, in double precision.
import FFT from "fft.js";

const TOGETHER = 4; // lines transposed at once: neighbours in memory stay neighbours

/**
 * createComplexFft(n): {data, forward(), inverse(empty)}. `data` holds n x n numbers in C order, real part first, and is
 * transformed in place: forward with exp(-2 pi i ...), divided by the number of pixels; inverse without a factor, so
 * that a spectrum of 1 at zero is a wave of 1. `empty` (Uint8Array of n, optional): 1 for a row that is zero throughout.
 */
export function createComplexFft(n) {
  if (n === 1) return { data: new Float64Array(2), forward() {}, inverse() {} };
  const fft = new FFT(n);
  const [data, work] = [new Float64Array(2 * n * n), new Float64Array(2 * n * n)];
  const [dataRows, workRows] = [data, work].map((all) =>
    Array.from({ length: n }, (_, row) => all.subarray(2 * n * row, 2 * n * (row + 1))),
  );
  const group = Math.min(TOGETHER, n);
  const lines = Array.from({ length: group }, () => new Float64Array(2 * n));

  // Transforms all rows of one picture into the columns of the other.
  const pass = (rows, target, inverse, empty) => {
    const scale = inverse ? n : 1 / n; // fft.js divides where it inverts; powers of two change no digit
    for (let row = 0; row < n; row += group) {
      for (let i = 0; i < group; i++) {
        if (empty?.[row + i]) lines[i].fill(0);
        else if (inverse) fft.inverseTransform(lines[i], rows[row + i]);
        else fft.transform(lines[i], rows[row + i]);
      }
      for (let i = 0; i < group; i++) copyToColumn(lines[i], target, row + i, scale);
    }
  };
  const copyToColumn = (line, target, column, scale) => {
    for (let k = 0, at = 2 * column; k < 2 * n; k += 2, at += 2 * n) {
      target[at] = line[k] * scale;
      target[at + 1] = line[k + 1] * scale;
    }
  };
  return {
    data,
    forward() {
      pass(dataRows, work, false);
      pass(workRows, data, false);
    },
    inverse(empty = null) {
      pass(dataRows, work, true, empty);
      pass(workRows, data, true, null);
    },
  };
}
