// The aligned sum on a finer grid than the scan, by kernel density and by plain Fourier interpolation.
import { unpackArray } from "./shared/arrays.js";
import { createCheckbox } from "./shared/checkbox.js";
import { csvText } from "./shared/csv.js";
import { createFrame } from "./shared/frame.js";
import { frequencyBar, limitMark, nyquistMark } from "./shared/frequency_plane.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { createLines } from "./shared/lines.js";
import { npyBytes } from "./shared/npy.js";
import { compact, fixed, plural } from "./shared/numbers.js";
import { overlayLine } from "./shared/overlay_line.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";
import { KINDS, LARGEST, upsamplingState, WIDEST } from "./shared/upsampling_state.js";

const TRAITS = ["factor", "kernel_width", "flip", "reach"];
const TITLES = { density: "Kernel density", fourier: "Plain Fourier upsampling" };
const THRESHOLD = 1 / 7;

const read = (model) =>
  Object.fromEntries(Object.entries(model.get("arrays")).map(([name, packed]) => [name, unpackArray(packed, name)]));

export function whatIsMissing(model) {
  return unpackArray(model.get("arrays").plain, "plain").size
    ? ""
    : "There is no image to show: the scan has no positions.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const now = upsamplingState(model, read(model), meta);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now) });
  const { get } = frame;
  const parts = build(frame, now, meta);
  frame.watch((changed) => {
    const onlyKernel = changed.size === 1 && changed.has("kernel_width");
    now.update(onlyKernel ? ["density"] : KINDS);
    const cmap = get("cmap");
    // one range for both images, one for both spectra; both stay while the kernel moves: what it takes away is seen
    const range = now.imageLimits();
    const powers = now.powerLimits();
    for (const kind of KINDS) {
      const { image, spectrum } = parts.panels[kind];
      image.setShape(now.shown[kind].shape);
      image.drawValues(now.image(kind), range, cmap);
      if (kind === "density" || !onlyKernel) spectrum.drawValues(now.pictures[kind], powers, cmap);
      spectrum.paintOverlay(now.reach());
      if (changed.has("smooth")) for (const panel of [image, spectrum]) panel.setSmooth(get("smooth"));
    }
    parts.panels.density.image.paintKernel(now.kernel_width());
    paintRings(parts.lines, now, meta);
    for (const [name, slider] of Object.entries(parts.sliders)) slider.paint(now[name]());
    parts.flip?.paint(now.flip());
    describe(parts.panels, frame, now, meta);
  });
  now.prepare(signal);
}

function build(frame, now, meta) {
  const panels = Object.fromEntries(KINDS.map((kind) => [kind, panelsOf(kind, now, meta)]));
  const lines = ringLines(now);
  const nodes = (part) => KINDS.map((kind) => panels[kind][part]);
  frame.panels.append(...columns(nodes("image"), nodes("spectrum")));
  frame.panels.after(lines.node);
  const sliders = makeSliders(frame, meta);
  const flip = meta.lens ? createCheckbox("Phase flip", (flip) => frame.set({ flip })) : null;
  frame.controls.append(...Object.values(sliders).map(({ node }) => node), ...(flip ? [flip.node] : []));
  return { panels, lines, sliders, flip };
}

function panelsOf(kind, now, meta) {
  const shape = meta.shown.map(([first, last]) => last - first);
  const image = createImagePanel({
    name: kind,
    title: TITLES[kind],
    shape,
    pixelSize: meta.scan_sampling,
    unit: "Å",
    readout: (row, column) => {
      const { shape: size } = now.shown[kind];
      return scanReadout({ scan_sampling: now.step() }, row, column, now.image(kind)[row * size[1] + column]);
    },
  });
  if (kind === "density") image.paintKernel = kernelGlyph(image.overlay, shape);
  return { image, spectrum: spectrumPanel(kind, now, meta) };
}

// As large as the kernel at half its height, in the corner, as astronomers draw their beam.
function kernelGlyph(overlay, [height, width]) {
  const paint = overlayLine(overlay, "tcbf-outline", "tcbf-halo");
  return (sigma) => {
    const radius = Math.max(1e-3, sigma * Math.sqrt(2 * Math.log(2)));
    const diameter = (2 * radius).toFixed(4);
    const start = `M${(width - 1 - 2 * radius).toFixed(4)} ${height - 1 - radius}`;
    const r = radius.toFixed(4);
    paint(`${start}a${r} ${r} 0 1 0 ${diameter} 0a${r} ${r} 0 1 0 -${diameter} 0`);
  };
}

function spectrumPanel(kind, now, { picture: size, nyquist, limit }) {
  const panel = createImagePanel({
    name: `${kind}_spectrum`,
    title: "Spectrum (log₁₀ power)",
    shape: [size, size],
    bar: false,
    readout: (row, column) => {
      const at = (index) => (index - (size - 1) / 2) * ((2 * now.reach()) / size);
      const q = Math.hypot(at(row), at(column));
      return [`${fixed(q, 3)} 1/Å (${compact(1 / q, 2)} Å)`, compact(now.pictures[kind][row * size + column], 2)];
    },
  });
  const box = nyquistMark(panel, size, nyquist);
  const circle = limitMark(panel, size);
  const bar = frequencyBar(panel.picture);
  panel.paintOverlay = (reach) => {
    box(reach);
    circle(limit, reach);
    bar(2 * reach);
  };
  return panel;
}

function ringLines(now) {
  return createLines({
    name: "rings",
    title: "Fourier ring correlation of two halves",
    xLabel: "spatial frequency q (1/Å)",
    range: [-0.2, 1],
    lines: [
      { name: "threshold", label: "1/7" },
      { name: "fourier", label: "plain Fourier" },
      { name: "density", label: "kernel density" },
    ],
    readout: (q) => {
      const said = KINDS.map((kind) => {
        const [qs, values] = now.rings(kind === "density" ? now.factor() : "plain");
        const i = qs.findIndex((at) => at >= q);
        return i < 0 ? "–" : fixed(values[i], 2);
      });
      return `${fixed(q, 3)} 1/Å: kernel density ${said[0]}, plain Fourier ${said[1]}`;
    },
  });
}

function paintRings(lines, now, { nyquist, limit }) {
  const reach = now.reach();
  const upTo = ([qs, values]) => {
    const count = qs.findLastIndex((q) => q <= reach) + 1;
    return [qs.subarray(0, count), values.subarray(0, count)];
  };
  const series = {
    density: upTo(now.rings(now.factor())),
    fourier: upTo(now.rings("plain")),
    threshold: [[0, reach], [THRESHOLD, THRESHOLD]],
  };
  const scan = Math.max(...nyquist);
  const marks = [
    { x: scan, label: "scan\u2019s Nyquist", value: `${compact(1 / scan, 2)} Å`, low: true },
    { x: limit, label: "2α/λ", value: `${compact(1 / limit, 3)} Å` },
  ];
  lines.paint({ xMax: reach, series, marks }, `Correlation of two halves of the disk against frequency; ${agreement(now)}`);
}

function makeSliders({ set }, { ranges }) {
  const slider = (name, options) => createSlider({ onInput: (value) => set({ [name]: value }), ...options });
  return {
    factor: slider("factor", {
      label: "Upsampling factor",
      min: 1,
      max: LARGEST,
      text: (factor) => `${plural(factor, "pixel")} per scan step`,
    }),
    kernel_width: slider("kernel_width", {
      label: "Kernel width σ",
      unit: "px",
      min: 0,
      max: WIDEST,
      step: 0.005,
      scale: 1,
      decimals: 3,
      text: (width) => `${fixed(width, 3)} pixels of the scan`,
    }),
    reach: slider("reach", {
      label: "Shown up to",
      unit: "1/Å",
      min: ranges.reach[0],
      max: ranges.reach[1],
      step: 0.005,
      scale: 1,
      decimals: 3,
      text: (reach) => `${fixed(reach, 3)} per Å`,
    }),
  };
}

const nyquistStep = (frequency) => 0.5 / frequency;

function agreement(now) {
  const q = now.resolution();
  if (!q) return "the halves agree nowhere";
  const far = now.toTheEnd() ? "as far as these pixels reach, to" : "up to";
  return `the halves agree (above 1/7) ${far} ${compact(1 / q, 2)} Å`;
}

function describe(panels, frame, now, { nyquist }) {
  const pixels = plural(now.factor(), "pixel");
  const flipped = now.flip() ? ", phases flipped" : "";
  const [dy, dx] = now.step().map((step) => compact(step, 3));
  const kernel = compact((now.kernel_width() * (nyquistStep(nyquist[0]) + nyquistStep(nyquist[1]))) / 2, 2);
  for (const kind of KINDS) {
    const { image, spectrum } = panels[kind];
    image.setTitle(`${TITLES[kind]}${flipped}`);
    image.setAlt(`Aligned sum, ${TITLES[kind]}, ${pixels} per scan step${flipped}`);
    spectrum.setAlt(`${TITLES[kind]}, logarithm of the power up to ${fixed(now.reach(), 2)} 1/Å, with the scan\u2019s Nyquist frequency`);
  }
  const scan = `${compact(1 / Math.max(...nyquist), 2)} Å`;
  frame.say(
    `factor ${now.factor()}: pixels of ${dy === dx ? dy : `${dy} x ${dx}`} Å, kernel ${kernel} Å${flipped}; ` +
      `${agreement(now)}; ` +
      `the scan\u2019s Nyquist frequency is ${scan}, and plain Fourier upsampling adds nothing beyond it`,
  );
}

function downloads(now) {
  return [
    { label: "Image (npy)", file: "image.npy", content: () => npyBytes(now.image("density"), now.shown.density.shape) },
    {
      label: "Correlation (CSV)",
      file: "rings.csv",
      content: () => {
        const [q, values] = now.rings(now.factor());
        return csvText({ q_per_angstrom: q, correlation: values });
      },
    },
  ];
}
