// Which arrows are looked at, and what follows from that.
import { rootMeanSquare } from "./disk_pixels.js";
import { memoise } from "./memoise.js";
import { clamp } from "./numbers.js";

export const WIDEST = 16; // detector pixels between arrows

/** The model's traits, clamped to the data, and what follows from them. Costly parts are remembered. */
export function fieldState(model, data) {
  const now = {
    spacing: () => clamp(Math.round(model.get("spacing")), 1, WIDEST),
    iteration: () => clamp(model.get("iteration"), 0, data.last),
    selected: () => clamp(model.get("selected"), 0, data.count - 1),
    field: () => model.get("field"),
    cells: () => data.cells(now.spacing()),
    cell: () => now.cells().cellOf[now.selected()],
  };
  now.vectors = () => data.vectors(now.spacing(), now.iteration());
  // the arrows' shift is applied; the residual has no arrows
  now.kind = () => (["fitted", "both"].includes(now.field()) ? "fitted" : "measured");
  now.shift = () => now.vectors()[now.kind()][now.cell()];
  now.longest = () => now.vectors()[now.kind()].reduce((most, [y, x]) => Math.max(most, Math.hypot(y, x)), 0);
  now.rms = () => rootMeanSquare(data.residual(now.iteration()));
  now.before = memoise(
    () => `${now.spacing()}/${now.cell()}`,
    () => data.cellImage(now.cells().members[now.cell()]),
  );
  now.after = memoise(
    () => `${now.spacing()}/${now.cell()}/${now.iteration()}/${now.kind()}`,
    () => data.shifted(now.before(), now.shift()),
  );
  return now;
}
