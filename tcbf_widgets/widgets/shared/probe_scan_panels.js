// The pictures of ProbeAndScan, and what is read in them.
import { colourTable, mapColours, mix, paintPhase, phaseTable } from "./colour.js";
import { limits } from "./contrast.js";
import { createImagePanel } from "./image_panel.js";
import { compact, fixed } from "./numbers.js";
import { scanReadout } from "./readout.js";
import { centres, numberInBlock } from "./scan_lattice.js";

const UNLIT = 160; // of 256: share of black over what no probe lights

/** Panels by name for a phase (packed) and a mosaic, whose pictures lie in the order of the scan. */
export function makePanels(now, meta, { shape, values }, mosaic) {
  const { sampling, tile } = meta;
  const space = { shape, pixelSize: [sampling, sampling], unit: "Å" };
  const place = (row, column) => `y ${fixed(row * sampling, 1)}, x ${fixed(column * sampling, 1)} Å`;
  const at = (row, column) => row * now.size + column;
  const angle = (1e3 * meta.wavelength) / (now.size * sampling);
  const reading = (root) => inPixel(now, root * root);
  const side = mosaic.pixels();
  const options = {
    amplitude: {
      title: "Probe |P|",
      readout: (row, column) => [place(row, column), compact(now.amplitude[at(row, column)], 2)],
    },
    phase: {
      title: "Probe, phase",
      readout: (row, column) => [place(row, column), `${fixed(2 * now.cycles[at(row, column)], 2)}π`],
    },
    object: {
      title: "Object (rad)",
      readout: (row, column) => scanReadout({ scan_sampling: space.pixelSize }, row, column, values()[at(row, column)], "rad"),
    },
    pattern: {
      title: "Pattern √(I/I₀)",
      shape: [tile, tile],
      pixelSize: [angle, angle],
      unit: "mrad",
      frame: "axial",
      readout: (row, column) => {
        const [y, x] = [row, column].map((i) => fixed((i - tile / 2) * angle, 1));
        return [`y ${y}, x ${x} mrad`, reading(now.pattern[row * tile + column])];
      },
    },
    mosaic: {
      title: "",
      shape: [side, side],
      bar: false,
      legend: false,
      readout: (row, column) => {
        const { index, value } = mosaic.at(row, column);
        if (index < 0) return null;
        const [y, x] = centres(now.lattice)[numberInBlock(now.lattice, index)];
        return [`pattern at ${place(y, x)}`, reading(value)];
      },
    },
  };
  const panels = Object.fromEntries(
    Object.entries(options).map(([name, own]) => [name, createImagePanel({ ...space, name, ...own })]),
  );
  panels.phase.legend.paint([0, 2 * Math.PI], phaseTable(), "phase", 1, () => "2π");
  return panels;
}

/** Paint all pictures but the mosaic. */
export function paintPictures({ amplitude, phase, object, pattern }, now, changed, get, { shape: [size], values }) {
  const cmap = get("cmap");
  const looks = changed.has("cmap") || changed.has("contrast");
  if (changed.has("defocus") || changed.has("cmap")) amplitude.drawValues(now.amplitude, [0, now.most], cmap);
  if (changed.has("defocus")) phase.draw((rgba) => paintPhase(now.cycles, now.light, rgba));
  if (looks || changed.has("defocus") || changed.has("step")) {
    const [range, table] = [limits(values(), get("contrast")), colourTable(cmap)];
    object.draw((rgba) => darkened(mapColours(values(), range, table, rgba), size, now.lit));
    object.legend.paint(range, table, cmap);
  }
  const range = now.limits(get("contrast"));
  pattern.drawValues(now.pattern, range, cmap);
}

function darkened(rgba, size, { at, dark }) {
  if (!dark) return rgba;
  for (let y = 0, o = 0; y < size; y++)
    for (let x = 0; x < size; x++, o += 4)
      if (!at(y, x)) for (let channel = o; channel < o + 3; channel++) rgba[channel] = mix(rgba[channel], 0, UNLIT);
  return rgba;
}

// Readings of patterns are in electrons where they are counted, else shares of the beam.
const inPixel = (now, share) => {
  const electrons = now.electrons();
  return electrons === null ? `${compact(100 * share, 3)} %` : `${fixed(share * electrons, 0)} e`;
};
