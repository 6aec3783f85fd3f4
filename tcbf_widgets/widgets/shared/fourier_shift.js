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
  const rows = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    convolveLine(image, rows, kernelX, y * width, 1, width);
  }
  const shifted = new Float64Array(height * width);
  for (let x = 0; x < width; x++) {
    convolveLine(rows, shifted, kernelY, x, width, height);
  }
  addCornerFrequency(shifted, image, height, width, shiftY, shiftX);
  return Float32Array.from(shifted);
}

function convolveLine(from, to, kernel, start, stride, n) {
  for (let r = 0; r < n; r++) {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const lag = r - j;
      sum += kernel[lag < 0 ? lag + n : lag] * from[start + j * stride];
    }
    to[start + r * stride] = sum;
  }
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
