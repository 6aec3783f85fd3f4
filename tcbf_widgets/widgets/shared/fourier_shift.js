// Exact sub-pixel shift of a periodic image for any size, without an FFT: the Fourier shift is a circular
// convolution with a separable kernel (a Dirichlet kernel). Same numbers as
// numpy.fft.ifft2(numpy.fft.fft2(image) * exp(2j * pi * (fy * sy + fx * sx))).real

/** Kernel d of length n with shifted(r) = sum_j d[(r - j) mod n] image(j) = image(r + shift), real part. */
export function shiftKernel(n, shift) {
  const kernel = new Float64Array(n);
  const highest = Math.floor((n - 1) / 2);
  for (let m = 0; m < n; m++) {
    let sum = 1;
    const angle = (2 * Math.PI * (m + shift)) / n;
    for (let f = 1; f <= highest; f++) sum += 2 * Math.cos(angle * f);
    // The Nyquist frequency of an even size stands alone; its real part is what remains of it.
    if (n % 2 === 0) sum += Math.cos(Math.PI * (m + shift));
    kernel[m] = sum / n;
  }
  return kernel;
}

/** image(r + shift): image is h x w in C order, shift is (y, x) in pixels. Returns Float32Array. */
export function fourierShift(image, [height, width], [shiftY, shiftX]) {
  const kernelY = shiftKernel(height, shiftY);
  const kernelX = shiftKernel(width, shiftX);
  const shifted = alongColumns(alongRows(image, kernelX, height, width), kernelY, height, width);
  addCornerFrequency(shifted, image, height, width, shiftY, shiftX);
  return Float32Array.from(shifted);
}

function alongRows(image, kernel, height, width) {
  const result = new Float64Array(height * width);
  // the kernel twice in a row, so that no index has to wrap
  const twice = new Float64Array(2 * width);
  twice.set(kernel);
  twice.set(kernel, width);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let r = 0; r < width; r++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += twice[width + r - j] * image[start + j];
      result[start + r] = sum;
    }
  }
  return result;
}

// Row by row, never down a column: memory is read in the order in which it lies.
function alongColumns(image, kernel, height, width) {
  const result = new Float64Array(height * width);
  for (let r = 0; r < height; r++) {
    const to = result.subarray(r * width, (r + 1) * width);
    for (let j = 0; j < height; j++) {
      const weight = kernel[(r - j + height) % height];
      const start = j * width;
      for (let x = 0; x < width; x++) to[x] += weight * image[start + x];
    }
  }
  return result;
}

// Taking the real part in 2D is separable except where both frequencies are Nyquist: there the factor is
// cos(pi (sy + sx)), and the two passes gave cos(pi sy) cos(pi sx). The difference is one checkerboard.
function addCornerFrequency(shifted, image, height, width, shiftY, shiftX) {
  if (height % 2 || width % 2) return;
  let coefficient = 0;
  for (let i = 0; i < shifted.length; i++) coefficient += checker(i, width) * image[i];
  const amount = (-coefficient / (height * width)) * Math.sin(Math.PI * shiftY) * Math.sin(Math.PI * shiftX);
  for (let i = 0; i < shifted.length; i++) shifted[i] += amount * checker(i, width);
}

const checker = (index, width) => (((index % width) + Math.floor(index / width)) % 2 ? -1 : 1);
