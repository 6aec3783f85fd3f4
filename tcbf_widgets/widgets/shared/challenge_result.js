// What was handed in is worth so many points, and why; after the truth is shown, how far off each value was.
import { h, setText } from "./dom.js";
import { decimalsOf, LABELS } from "./lens_sliders.js";
import { fixed, grouped } from "./numbers.js";

const SMALL = 0.9; // share of the signal from which only the sign of the defocus can still be wrong

/** createResult(meta, {truth, uncertainties}): {node, paint({score, answer, revealed, record})}. */
export function createResult(meta, { truth, uncertainties }) {
  const points = h("strong");
  const counted = h("span", { class: "tcbf-unit" });
  const parts = table("How the points come about", ["", "yours", "points"], ["Signal kept", "Remaining blur"]);
  const names = meta.asked.map((name) => `${LABELS[name]} (${meta.ranges[name].unit})`);
  const values = table("Beside the truth", ["", "yours", "truth", "off by", "in σ"], names);
  const note = h("p", { class: "tcbf-note tcbf-unit" });
  const node = h(
    "div",
    { class: "tcbf-result", role: "group", "aria-label": "Result", hidden: true },
    h("p", { class: "tcbf-result-points" }, points, " of 100 points ", counted),
    h("div", { class: "tcbf-result-tables" }, parts.node, values.node),
    note,
  );
  return {
    node,
    paint({ score, answer, revealed, record }) {
      node.hidden = !score;
      if (!score) return;
      setText(points, fixed(score.points, 1));
      setText(counted, standing(record));
      parts.paint([
        [`${fixed(100 * score.kept, 1)} %`, fixed(score.parts.kept, 1)],
        [`${fixed(score.blur, 1)} Å rms`, fixed(score.parts.near, 1)],
      ]);
      values.node.hidden = !revealed;
      values.paint(meta.asked.map((name) => compared(answer[name], truth[name], uncertainties[name], meta.ranges[name])));
      setText(note, explained(score, meta, revealed));
    },
  };
}

function standing({ best, late }) {
  const known = best === null ? "" : `best ${fixed(best, 1)}`;
  return late ? `not counted, as the truth has been shown${known && `; ${known} before`}` : known;
}

function explained({ kept, upright }, { limit, scan_sampling: steps }, revealed) {
  const twin = "The images lie right and the lens is wrong: should proteins be dark here, or bright? ";
  const sigma = " σ is the smallest standard deviation that an unbiased analysis can have.";
  const lengths = `A scan step is ${fixed(steps[0], 0)} Å, the resolution limit λ/2α ${fixed(limit, 1)} Å.`;
  return `${!upright && kept > SMALL ? twin : ""}${lengths}${revealed ? sigma : ""}`;
}

function compared(value, truth, uncertainty, { unit, scale }) {
  const digits = decimalsOf(unit) + (unit === "µm" ? 1 : 0); // σ is a few thousandths
  const off = unit === "°" ? ((((value - truth + 180) % 360) + 360) % 360) - 180 : value - truth;
  const text = (number) => fixed(number / scale, digits);
  const sigmas = Math.abs(off) / uncertainty;
  return [text(value), text(truth), text(off), sigmas < 9.95 ? fixed(sigmas, 1) : grouped(sigmas)];
}

function table(label, heads, rows) {
  const heading = (text) => (text ? h("th", { scope: "col" }, text) : h("td"));
  const cells = rows.map(() => heads.slice(1).map(() => h("td")));
  const line = (text, i) => h("tr", {}, h("th", { scope: "row", class: "tcbf-left" }, text), ...cells[i]);
  const body = h("tbody", {}, ...rows.map(line));
  const made = h("table", { "aria-label": label }, h("thead", {}, h("tr", {}, ...heads.map(heading))), body);
  return {
    node: h("div", { class: "tcbf-coefficients" }, made),
    paint: (texts) => texts.forEach((row, i) => row.forEach((text, j) => setText(cells[i][j], text))),
  };
}
