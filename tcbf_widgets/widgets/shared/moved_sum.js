// Many images, moved back by any shifts and summed: they are transformed once, and each sum is then one pass over the
// spectra and one inverse transform. The same numbers as MovedSum in moved_sum.py.
import { createTransform2d } from "./mixed_radix.js";

const EDGE_BLEND = 4; // positions over which an image fades out at each border
const SHOWN = 0.02; // share of the images that must meet at a position for it to be shown at full contrast

/**
 * createMovedSum({images (n, ny, nx), means (n), members (n), frame: [fy, fx]}): images are divided by their means and
 * count as often as they have members. Returns {run(shifts (n, 2) in pixels), image, noise}: run() fills the image
 * (1 = its mean) and returns the power that the images share; noise is that of the sum if they shared nothing.
 */
export function createMovedSum({ images, means, members, frame }) {
  const shape = images.shape.slice(1);
  const windows = shape.map((n) => edgeProfile(n, Math.min(EDGE_BLEND, Math.floor(n / 2))));
  const columns = Math.floor((frame[1] + 1) / 2); // of one half of the spectrum, without the Nyquist frequency
  const work = createWork(frame);
  const spectra = transformed(images, means, windows, frame, columns, work);
  const window = windowSpectrum(windows, frame, columns, work);
  const alone = powerOfEach(spectra, members, frame[0] * columns);
  const sums = createSums(frame, columns);
  const image = new Float32Array(shape[0] * shape[1]);
  const most = SHOWN * members.reduce((sum, count) => sum + count, 0);
  return {
    image,
    noise: overAll((o) => alone[o], frame, columns),
    run(shifts) {
      sums.add(spectra, members, shifts);
      const power = overAll((o) => sums.re[o] ** 2 + sums.im[o] ** 2 - alone[o], frame, columns);
      spread(sums, window, frame, columns, work);
      const factor = 1 / (frame[0] * frame[1]);
      for (let y = 0, o = 0; y < shape[0]; y++) {
        for (let x = 0; x < shape[1]; x++, o++) {
          // the sum is the real part, and the number of images that meet there the imaginary part
          const at = y * frame[1] + x;
          image[o] = 1 + (work.re[at] * factor) / Math.max(work.im[at] * factor, most);
        }
      }
      return power;
    },
  };
}

/** Window of length n that rises as sin^2 over `blend` positions at both ends. */
export function edgeProfile(n, blend) {
  return Float64Array.from({ length: n }, (_, i) => {
    if (blend === 0 || n === 1) return 1;
    const inward = Math.min(i + 0.5, n - 0.5 - i);
    return Math.sin((Math.PI / 2) * Math.min(1, inward / blend)) ** 2;
  });
}

function createWork(frame) {
  const size = frame[0] * frame[1];
  return { re: new Float64Array(size), im: new Float64Array(size), transform: createTransform2d(frame) };
}

// Spectra of all images, (n, fy, columns), real parts and imaginary parts one after the other for each image. Two images
// share a transform, one as the real and one as the imaginary part.
function transformed({ shape: [count, height, width], values }, means, windows, frame, columns, work) {
  const pixels = values();
  const half = frame[0] * columns;
  const spectra = new Float32Array(2 * half * count);
  const fill = (target, i) => {
    target.fill(0);
    if (i >= count) return;
    for (let y = 0, o = i * height * width; y < height; y++)
      for (let x = 0; x < width; x++, o++)
        target[y * frame[1] + x] = (Math.fround(pixels[o] / means[i]) - 1) * (windows[0][y] * windows[1][x]);
  };
  for (let i = 0; i < count; i += 2) {
    fill(work.re, i);
    fill(work.im, i + 1);
    work.transform.run(work.re, work.im);
    separate(work, frame, columns, spectra, 2 * half * i, i + 1 < count ? 2 * half * (i + 1) : -1);
  }
  return spectra;
}

// Of the transform Z of a + ib: A(q) = (Z(q) + conj Z(-q)) / 2, B(q) = (Z(q) - conj Z(-q)) / 2i.
function separate({ re, im }, [height, width], columns, spectra, first, second) {
  const half = height * columns;
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < columns; x++, o++) {
      const at = y * width + x;
      const opposite = ((height - y) % height) * width + ((width - x) % width);
      spectra[first + o] = (re[at] + re[opposite]) / 2;
      spectra[first + half + o] = (im[at] - im[opposite]) / 2;
      if (second < 0) continue;
      spectra[second + o] = (im[at] + im[opposite]) / 2;
      spectra[second + half + o] = (re[opposite] - re[at]) / 2;
    }
  }
}

function windowSpectrum([windowY, windowX], [height, width], columns, { re, im, transform }) {
  re.fill(0);
  im.fill(0);
  windowY.forEach((a, y) => windowX.forEach((b, x) => (re[y * width + x] = a * b)));
  transform.run(re, im);
  const pick = (values) =>
    Float64Array.from(
      { length: height * columns },
      (_, o) => values[Math.floor(o / columns) * width + (o % columns)],
    );
  return { re: pick(re), im: pick(im) };
}

function powerOfEach(spectra, members, half) {
  const alone = new Float64Array(half);
  members.forEach((count, i) => {
    const [re, im] = [2 * half * i, 2 * half * i + half];
    for (let o = 0; o < half; o++) alone[o] += count * count * (spectra[re + o] ** 2 + spectra[im + o] ** 2);
  });
  return alone;
}

// Two sums over the images: of their spectra times phase factors, and of the phase factors alone.
function createSums([height, width], columns) {
  const half = height * columns;
  const [re, im, countRe, countIm] = Array.from({ length: 4 }, () => new Float64Array(half));
  const [cosX, sinX] = [new Float64Array(columns), new Float64Array(columns)];
  const add = (spectra, members, shifts) => {
    for (const sum of [re, im, countRe, countIm]) sum.fill(0);
    for (let i = 0; i < members.length; i++) {
      ramp(cosX, sinX, shifts[2 * i + 1] / width);
      const start = 2 * half * i;
      for (let y = 0; y < height; y++) {
        if (2 * y === height) continue; // the Nyquist frequency
        const angle = 2 * Math.PI * shifts[2 * i] * (2 * y < height ? y / height : (y - height) / height);
        addRow(spectra, start + y * columns, y * columns, members[i] * Math.cos(angle), members[i] * Math.sin(angle));
      }
    }
  };
  const addRow = (spectra, from, to, cosY, sinY) => {
    const half = height * columns;
    for (let x = 0; x < columns; x++) {
      const c = cosY * cosX[x] - sinY * sinX[x];
      const s = cosY * sinX[x] + sinY * cosX[x];
      const a = spectra[from + x];
      const b = spectra[from + half + x];
      re[to + x] += a * c - b * s;
      im[to + x] += a * s + b * c;
      countRe[to + x] += c;
      countIm[to + x] += s;
    }
  };
  return { re, im, countRe, countIm, add };
}

// exp(2 pi i j step) for j = 0, 1, ...: each from the one before.
function ramp(cosines, sines, step) {
  const c = Math.cos(2 * Math.PI * step);
  const s = Math.sin(2 * Math.PI * step);
  cosines[0] = 1;
  sines[0] = 0;
  for (let j = 1; j < cosines.length; j++) {
    cosines[j] = cosines[j - 1] * c - sines[j - 1] * s;
    sines[j] = cosines[j - 1] * s + sines[j - 1] * c;
  }
}

// Sum of a power over all frequencies but that of the mean and the Nyquist frequency.
function overAll(powerAt, [height], columns) {
  let power = 0;
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < columns; x++, o++) {
      if (o === 0 || 2 * y === height) continue;
      power += (x === 0 ? 1 : 2) * powerAt(o);
    }
  }
  return power;
}

// Sum and coverage as one complex picture, back in real space. Both are real there, so the other half of the spectrum
// mirrors this one. The forward transform of the conjugate is the inverse transform, conjugated.
function spread(sums, window, [height, width], columns, { re, im, transform }) {
  re.fill(0);
  im.fill(0);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < columns; x++, o++) {
      const a = sums.re[o];
      const b = sums.im[o];
      const c = sums.countRe[o] * window.re[o] - sums.countIm[o] * window.im[o];
      const d = sums.countRe[o] * window.im[o] + sums.countIm[o] * window.re[o];
      const at = y * width + x;
      re[at] = a - d;
      im[at] = -(b + c);
      if (x === 0) continue;
      const opposite = ((height - y) % height) * width + (width - x);
      re[opposite] = a + d;
      im[opposite] = b - c;
    }
  }
  transform.run(re, im);
  for (let i = 0; i < im.length; i++) im[i] = -im[i];
}
