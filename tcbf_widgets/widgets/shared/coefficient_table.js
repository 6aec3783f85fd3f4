// Fitted coefficients as a table: always the same rows, so that nothing jumps when the orders change.
import { coefficientRows } from "./fit_state.js";
import { h, setText } from "./dom.js";
import { clamp, fixed } from "./numbers.js";

const UNITS = { C10: [1e4, "µm"], 1: [10, "nm"], 2: [1e4, "µm"], 3: [1e7, "mm"] };

/** Å in the unit in which people give a coefficient, and that unit. */
export const unitOf = (name) => UNITS[name] ?? UNITS[name[1]];

// From here on one digit of an uncertainty says enough: 0.35 gets two, 0.4 one (the rule of the Particle Data Group).
const ONE_DIGIT = 3.55;

/** "−1.514 ± 0.004": as many digits as the uncertainty deserves, by the rule in digits.py; it is NaN where nothing is determined. */
export function measured(value, uncertainty) {
  if (!Number.isFinite(uncertainty)) return "not determined";
  const order = uncertainty > 0 ? Math.floor(Math.log10(uncertainty)) : -3;
  const digits = clamp((uncertainty / 10 ** order < ONE_DIGIT && uncertainty > 0 ? 1 : 0) - order, 0, 6);
  return `${fixed(value, digits)} ± ${fixed(uncertainty, digits)}`;
}

/** createCoefficientTable(semiangle in rad): {node, paint(fit)}. */
export function createCoefficientTable(semiangle) {
  const rows = coefficientRows({}, semiangle).map(({ name, meaning }) => row(name, meaning, unitOf(name)[1]));
  const rotation = row("Rotation", "detector to scan", "°");
  const heading = (text, left) => h("th", { scope: "col", class: left && "tcbf-left" }, text);
  const columns = h(
    "tr",
    {},
    heading("Aberration", true),
    heading("cosine part"),
    heading("sine part"),
    heading("at the rim (Å)"),
  );
  const body = h("tbody", {}, ...[...rows, rotation].map(({ node }) => node));
  const table = h("table", { "aria-label": "Fitted coefficients" }, h("thead", {}, columns), body);
  return {
    node: h("div", { class: "tcbf-coefficients" }, table),
    paint(fit) {
      coefficientRows(fit, semiangle).forEach(({ name, parts, rim }, i) => {
        const [scale] = unitOf(name);
        const texts = parts.map(({ value, uncertainty }) => measured(value / scale, uncertainty / scale));
        rows[i].paint([...texts, "", ""].slice(0, 2), rim ? measured(rim.value, rim.uncertainty) : "");
      });
      const turned = fit.error ? "" : measured(fit.rotation_deg, fit.uncertainties.rotation_deg ?? NaN);
      rotation.paint([turned, ""], "");
    },
  };
}

// Where nothing is fitted, the first cell says so and the others stay empty.
function row(name, meaning, unit) {
  const cells = Array.from({ length: 3 }, () => h("td"));
  const heading = h("th", { scope: "row", class: "tcbf-left" }, `${name} (${unit}) `, h("span", {}, meaning));
  return {
    node: h("tr", {}, heading, ...cells),
    paint(texts, rim) {
      [texts[0] || "–", texts[1], rim].forEach((text, i) => setText(cells[i], text));
    },
  };
}
