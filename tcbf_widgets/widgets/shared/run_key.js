// The runs by name, each with a piece of its line: the key of the plots, and the choice of the run.
import { h, s, uniqueId } from "./dom.js";
import { STYLES } from "./run_plot.js";

/** Returns {node, paint(labels, chosen)}; hidden as long as there is one run only. */
export function createRunKey({ label, onInput }) {
  const id = uniqueId("runs");
  const options = h("span", { class: "tcbf-runkey" });
  const node = h("div", { class: "tcbf-choice tcbf-movie-runs", role: "radiogroup", "aria-labelledby": id }, h("span", { id }, label), options);
  let inputs = [];
  let shown = "";
  const paint = (labels, chosen) => {
    node.hidden = labels.length < 2;
    if (JSON.stringify(labels) !== shown) {
      shown = JSON.stringify(labels);
      const made = labels.map((text, place) => option(id, text, place, () => onInput(text)));
      options.replaceChildren(...made.map((one) => one.node));
      inputs = made.map((one) => one.input);
    }
    inputs.forEach((input, place) => (input.checked = place === chosen));
  };
  return { node, paint };
}

function option(name, text, place, onchange) {
  const id = uniqueId("run");
  const input = h("input", { type: "radio", name, id, value: text, onchange });
  const line = s("path", { class: "tcbf-line tcbf-run-chosen", "stroke-dasharray": STYLES[place % STYLES.length], d: "M1 4H35" });
  const sample = s("svg", { viewBox: "0 0 36 8", "aria-hidden": "true" }, line);
  return { input, node: h("span", { class: "tcbf-runoption" }, input, h("label", { for: id }, sample, text || "unnamed")) };
}
