// Correlation of a picture with a template that is balanced over the pixels at hand: the twin of peaks.Correlator.
import { sampleParts } from "./probe_template.js";
import { createPictureFft, fastLength } from "./smooth_fft.js";
import { TAPS } from "./subpixel.js";

/** Share of a template that must lie in the frame; with less there is nothing to compare. */
export const LEAST = 0.05;
const MOST_GRIDS = 4; // kept for the next template, some megabytes each
const NOTHING = 1e-9; // of what the correlation could be: rounding errors, no peak

/**
 * createCorrelator([ny, nx]): setImage(values) and setTemplate(template), then correlate() returns {values, shape,
 * floor, ratio}: the correlation on its padded, periodic grid, what is but rounding errors of it, and the weight of the
 * dark part of a whole template. What belongs to the image or to the template alone is computed when that is set.
 */
export function createCorrelator(frame) {
  const grids = new Map(); // by their shapes, which a template's reach decides
  let [image, grid] = [null, null];
  const receive = () => {
    if (image && grid && grid.image !== image) grid.receive(image, frame);
  };
  return {
    setImage(values) {
      image = values;
      for (const other of grids.values()) other.image = null;
      receive();
    },
    setTemplate(template) {
      const shape = frame.map((n) => fastLength(n + template.reach + TAPS));
      const key = shape.join();
      if (!grids.has(key)) {
        if (grids.size === MOST_GRIDS) grids.delete(grids.keys().next().value);
        grids.set(key, createGrid(shape));
      }
      grid = grids.get(key);
      receive();
      grid.place(template, frame);
    },
    correlate: () => grid.correlate(),
  };
}

function createGrid(shape) {
  const [height, width] = shape;
  const count = height * width;
  const array = () => new Float64Array(count);
  const pair = () => [array(), array()];
  const fft = createPictureFft(shape);
  const [picture, ofImage, ofTemplate, product, back] = [pair(), pair(), pair(), pair(), pair()];
  const [parts, ratio, gain, values] = [pair(), array(), array(), array()];
  const balance = createBalance(shape);
  const scale = { image: 0, template: 0, ratio: 0 };
  return {
    image: null, // whose spectrum is known
    receive(image, [ny, nx]) {
      this.image = image;
      picture[0].fill(0);
      scale.image = 0;
      for (let y = 0, i = 0; y < ny; y++)
        for (let x = 0; x < nx; x++, i++) {
          picture[0][y * width + x] = image[i];
          scale.image = Math.max(scale.image, Math.abs(image[i]));
        }
      fft.forward(picture, ofImage);
    },
    place(template, frame) {
      const [bright, dark] = wrapped(template, shape, parts);
      Object.assign(scale, { template: bright, ratio: template.zeroSum ? bright / dark : 0 });
      // both parts at once: being even they have real spectra, one as real, the other as imaginary part
      fft.forward(parts, ofTemplate);
      balance(parts, frame, template.zeroSum ? dark : 0, scale.ratio, ratio, gain);
    },
    correlate() {
      multiply(ofImage, ofTemplate, product);
      const [bright, dark] = fft.inverse(product, back);
      for (let i = 0; i < count; i++) values[i] = gain[i] * (bright[i] - ratio[i] * dark[i]);
      return { values, shape, floor: NOTHING * scale.template * scale.image, ratio: scale.ratio };
    },
  };
}

function multiply([a, b], [c, d], [re, im]) {
  for (let i = 0; i < re.length; i++) {
    re[i] = a[i] * c[i] - b[i] * d[i];
    im[i] = a[i] * d[i] + b[i] * c[i];
  }
}

// Bright and dark part with their middle at pixel (0, 0) of a periodic grid; returns their sums.
function wrapped(template, [height, width], [bright, dark]) {
  const [down, across] = [height, width].map((n) => Math.min(Math.ceil(template.far), (n - 1) >> 1));
  const size = { top: -down, left: -across, height: 2 * down + 1, width: 2 * across + 1 };
  const [p, n] = [0, 1].map(() => new Float64Array(size.height * size.width));
  const sums = sampleParts(template, size, p, n);
  for (const part of [bright, dark]) part.fill(0);
  for (let y = -down, i = 0; y <= down; y++)
    for (let x = -across; x <= across; x++, i++) {
      const at = ((y + height) % height) * width + ((x + width) % width);
      bright[at] = p[i];
      dark[at] = n[i];
    }
  return sums;
}

/**
 * balance(parts, frame, all, even, ratio, gain): weight of the dark part everywhere, and what restores the norm. Of a
 * whole template, `all` is the sum of the dark part and `even` its weight; both are 0 where it is left out.
 */
function createBalance(shape) {
  const count = shape[0] * shape[1];
  const [work, product, b, d, bb, bd, dd] = Array.from({ length: 7 }, () => new Float64Array(count));
  const dot = (x, y) => {
    for (let i = 0; i < count; i++) product[i] = x[i] * y[i];
    return product;
  };
  return ([bright, dark], frame, all, even, ratio, gain) => {
    windowSums(bright, shape, frame, work, b);
    windowSums(dark, shape, frame, work, d);
    windowSums(dot(bright, bright), shape, frame, work, bb);
    windowSums(dot(bright, dark), shape, frame, work, bd);
    windowSums(dot(dark, dark), shape, frame, work, dd);
    let whole = 0;
    for (let i = 0; i < count; i++) whole += (bright[i] - dark[i] * even) ** 2;
    for (let i = 0; i < count; i++) {
      const r = all ? b[i] / Math.max(d[i], LEAST * all) : 0;
      ratio[i] = r;
      gain[i] = Math.sqrt(whole / Math.max(bb[i] - 2 * r * bd[i] + r * r * dd[i], LEAST * whole));
    }
  };
}

/**
 * Sums of a periodic picture over what of it lies in a frame of ny x nx pixels, wherever its pixel (0, 0) is placed:
 * from one place to the next a row, or a column, comes in and another leaves.
 */
export function windowSums(part, [height, width], [ny, nx], work, out) {
  work.fill(0, 0, width);
  for (let y = 0; y < ny; y++) for (let x = 0; x < width; x++) work[x] += part[y * width + x];
  for (let y = 0; y + 1 < height; y++) {
    const [here, comes, leaves] = [y, height - 1 - y, (ny - 1 - y + height) % height].map((row) => row * width);
    for (let x = 0; x < width; x++) work[here + width + x] = work[here + x] + part[comes + x] - part[leaves + x];
  }
  for (let row = 0; row < height * width; row += width) {
    let total = 0;
    for (let x = 0; x < nx; x++) total += work[row + x];
    out[row] = total;
    for (let x = 0; x + 1 < width; x++) {
      const leaves = x < nx ? nx - 1 - x : nx - 1 - x + width;
      total += work[row + width - 1 - x] - work[row + leaves];
      out[row + x + 1] = total;
    }
  }
  return out;
}
