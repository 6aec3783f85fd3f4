// The probe in the aperture, exp(-i chi): phase by colour, amplitude by brightness, with the colours' own legend.
import { paintPhase } from "./colour.js";
import { h, s } from "./dom.js";
import { createImagePanel } from "./image_panel.js";
import { chiCycles } from "./lens.js";
import { fixed } from "./numbers.js";

const WHEEL = 128; // pixels

/** createPhasePanel(meta, radius in 1/Å): {node, aspect, paint(lens), setAlt}. meta.phase is {pixels, step in 1/Å}. */
export function createPhasePanel({ phase: { pixels, step }, wavelength }, radius) {
  const { k, amplitude } = grid(pixels, step, radius);
  const cycles = new Float64Array(pixels * pixels); // of exp(-i chi)
  const milliradians = 1000 * wavelength;
  const angle = (index) => fixed((index - (pixels - 1) / 2) * step * milliradians, 2);
  const panel = createImagePanel({
    name: "phase",
    title: "Probe exp(−iχ)",
    shape: [pixels, pixels],
    pixelSize: [step * milliradians, step * milliradians],
    unit: "mrad",
    legend: false,
    readout: (row, column) => [
      `y ${angle(row)}, x ${angle(column)} mrad`,
      `χ ${fixed(-2 * cycles[row * pixels + column], 2)}π`,
    ],
  });
  return {
    node: h("div", { class: "tcbf-pair" }, panel.node, wheel()),
    aspect: 2,
    setAlt: panel.setAlt,
    setSmooth: panel.setSmooth,
    paint(lens) {
      chiCycles(k, lens, wavelength, cycles);
      for (let i = 0; i < cycles.length; i++) cycles[i] = -cycles[i];
      panel.draw((rgba) => paintPhase(cycles, amplitude, rgba));
    },
  };
}

function grid(pixels, step, radius) {
  const k = new Float64Array(2 * pixels * pixels);
  const amplitude = new Float64Array(pixels * pixels);
  for (let i = 0; i < amplitude.length; i++) {
    const y = (Math.floor(i / pixels) - (pixels - 1) / 2) * step;
    const x = ((i % pixels) - (pixels - 1) / 2) * step;
    k[2 * i] = y;
    k[2 * i + 1] = x;
    amplitude[i] = Math.min(1, Math.max(0, (radius - Math.sqrt(y * y + x * x)) / step + 0.5));
  }
  return { k, amplitude };
}

// Phases around, counted against the clock from the right; amplitude outwards.
function wheel() {
  const canvas = h("canvas", { width: WHEEL, height: WHEEL });
  const context = canvas.getContext("2d");
  const image = context.createImageData(WHEEL, WHEEL);
  const [cycles, amplitude] = [new Float64Array(WHEEL * WHEEL), new Float64Array(WHEEL * WHEEL)];
  for (let i = 0; i < cycles.length; i++) {
    const y = Math.floor(i / WHEEL) - (WHEEL - 1) / 2;
    const x = (i % WHEEL) - (WHEEL - 1) / 2;
    cycles[i] = Math.atan2(-y, x) / (2 * Math.PI);
    amplitude[i] = Math.min(1, Math.hypot(x, y) / (WHEEL / 2));
  }
  paintPhase(cycles, amplitude, image.data);
  for (let i = 0; i < cycles.length; i++) if (amplitude[i] >= 1) image.data[4 * i + 3] = 0;
  context.putImageData(image, 0, 0);
  const label = (text, x, y, anchor) => s("text", { class: "tcbf-tick", x, y, "text-anchor": anchor }, text);
  const labels = s(
    "svg",
    { viewBox: "0 0 128 100", "aria-hidden": "true" },
    label("0", 102, 54, "start"),
    label("π/2", 64, 11, "middle"),
    label("±π", 26, 54, "end"),
    label("−π/2", 64, 98, "middle"),
  );
  const said = "Legend: colour is the phase, brightness the amplitude";
  return h(
    "div",
    { class: "tcbf-wheel" },
    h("div", { class: "tcbf-wheel-picture", role: "img", "aria-label": said }, canvas, labels),
    h("span", { class: "tcbf-unit", "aria-hidden": "true" }, "phase around,", h("br"), "amplitude outwards"),
  );
}
