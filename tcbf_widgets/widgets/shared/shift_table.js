// Arrows as a table.
import { csvText } from "./csv.js";

/** A line for each cell: its mean k, its number of pixels, and its shift in each field, {name: pairs}. */
export function shiftTable({ k, members }, fields) {
  const column = (pairs, component) => pairs.map((pair) => pair[component]);
  const columns = Object.entries(fields).flatMap(([name, pairs]) => [
    [`${name}_y_angstrom`, column(pairs, 0)],
    [`${name}_x_angstrom`, column(pairs, 1)],
  ]);
  return csvText({
    ky_per_angstrom: column(k, 0),
    kx_per_angstrom: column(k, 1),
    pixels: members.map((list) => list.length),
    ...Object.fromEntries(columns),
  });
}
