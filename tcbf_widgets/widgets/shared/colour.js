// Values to RGBA bytes. The rules are matplotlib's, in float32, so that the browser's pixels can be
// compared with Python's byte by byte. Everything after the table is integer arithmetic.
import { cyclic, tables } from "./colormaps.js";

const decoded = new Map();

/** A colour map as 256 x 3 bytes. */
export function colourTable(name) {
  if (!decoded.has(name)) {
    if (!tables[name]) throw new Error(`cmap is ${name}; accepted are ${Object.keys(tables).join(", ")}`);
    decoded.set(name, bytesOf(tables[name]));
  }
  return decoded.get(name);
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

let phases = null;

/** The cyclic map of phases as 256 x 3 bytes, from 0 to 2π. */
export const phaseTable = () => (phases ??= bytesOf(cyclic));

/**
 * Fill rgba from a complex picture: the phase (in cycles) by the cyclic map, the amplitude (0 to 1) by brightness.
 * To the nearest colour: at phase 0, where rounding decides between the ends of the map, both are one.
 */
export function paintPhase(cycles, amplitude, rgba) {
  const table = phaseTable();
  for (let i = 0, o = 0; i < cycles.length; i++, o += 4) {
    const t = 3 * (Math.floor((cycles[i] - Math.floor(cycles[i])) * 256 + 0.5) % 256);
    const light = Math.floor(255 * amplitude[i] + 0.5);
    for (let channel = 0; channel < 3; channel++)
      rgba[o + channel] = Math.floor((table[t + channel] * light + 127) / 255);
    rgba[o + 3] = 255;
  }
  return rgba;
}

/** Index into a 256-entry table: clip(floor((v - vmin) / (vmax - vmin) * 256), 0, 255), each step in float32. */
export function colourIndex(value, vmin, vmax) {
  const range = Math.fround(vmax - vmin);
  if (!(range > 0)) return 0;
  const unit = Math.fround(Math.fround(value - vmin) / range);
  return Math.min(255, Math.max(0, Math.floor(Math.fround(unit * 256))));
}

/** Fill rgba (4 bytes a pixel) from values; NaN becomes transparent, as matplotlib's "bad". */
export function mapColours(values, [vmin, vmax], table, rgba) {
  const low = Math.fround(vmin);
  const high = Math.fround(vmax);
  for (let i = 0, o = 0; i < values.length; i++, o += 4) {
    if (Number.isNaN(values[i])) {
      rgba[o] = rgba[o + 1] = rgba[o + 2] = rgba[o + 3] = 0;
      continue;
    }
    const t = 3 * colourIndex(values[i], low, high);
    rgba[o] = table[t];
    rgba[o + 1] = table[t + 1];
    rgba[o + 2] = table[t + 2];
    rgba[o + 3] = 255;
  }
  return rgba;
}

export const MAGENTA = [0xcc, 0x79, 0xa7]; // axial, selected
export const CYAN = [0x56, 0xb4, 0xe9]; // the whole disk
export const TINT_WEIGHT = 192; // of 256

/** Mix a tint into one byte: (byte * (256 - weight) + tint * weight + 128) >> 8. */
export const mix = (byte, tint, weight = TINT_WEIGHT) => (byte * (256 - weight) + tint * weight + 128) >> 8;

/** Tint pixels by ring number: magenta where 1 <= ring <= radius, cyan in the rest of the disk, none outside. */
export function tintRings(rgba, ring, radius) {
  for (let i = 0, o = 0; i < ring.length; i++, o += 4) {
    if (ring[i] === 0) continue;
    const tint = ring[i] <= radius ? MAGENTA : CYAN;
    for (let channel = 0; channel < 3; channel++) rgba[o + channel] = mix(rgba[o + channel], tint[channel]);
  }
  return rgba;
}

// Ten hues of equal lightness and chroma, magenta left out because it means "selected"; then the same, darker.
// Neighbouring group numbers are sent far apart by the stride of 7, which has no divisor in common with 20.
export const GROUP_COLOURS = [
  0xe2a08c, 0xd3ab6f, 0xb5b86a, 0x8ec381, 0x6bc7a6, 0x63c4ca, 0x7abae2, 0x9badea, 0xb7a3e0, 0xc9a0c4, 0xb2705c,
  0xa27c3d, 0x858a36, 0x5e9453, 0x359878, 0x25949b, 0x448bb3, 0x6b7ebb, 0x8874b2, 0x9a7195,
];

/** Colour (0xRRGGBB) of a group. */
export const groupColour = (group) => GROUP_COLOURS[(group * 7) % GROUP_COLOURS.length];

/** Paint group numbers (-1 = no pixel, transparent); the picked group is magenta. */
export function paintGroups(groupMap, picked, rgba) {
  for (let i = 0, o = 0; i < groupMap.length; i++, o += 4) {
    const group = groupMap[i];
    const colour = group === picked ? 0xcc79a7 : group < 0 ? 0 : groupColour(group);
    rgba[o] = colour >> 16;
    rgba[o + 1] = (colour >> 8) & 255;
    rgba[o + 2] = colour & 255;
    rgba[o + 3] = group < 0 ? 0 : 255;
  }
  return rgba;
}

/** Paint numbers (>= 0) by a list of places in the table of colours. */
export function paintHues(numbers, hues, rgba) {
  for (let i = 0, o = 0; i < numbers.length; i++, o += 4) {
    const colour = GROUP_COLOURS[hues[numbers[i]]];
    rgba[o] = colour >> 16;
    rgba[o + 1] = (colour >> 8) & 255;
    rgba[o + 2] = colour & 255;
    rgba[o + 3] = 255;
  }
  return rgba;
}

/** Colour "#rrggbb" at a place in that table. */
export const hueName = (hue) => `#${GROUP_COLOURS[hue].toString(16).padStart(6, "0")}`;
