// A labelled checkbox.
import { h, uniqueId } from "./dom.js";

/** createCheckbox(label, onInput(checked)) returns {node, paint(checked)}. */
export function createCheckbox(label, onInput) {
  const id = uniqueId("box");
  const box = h("input", { type: "checkbox", id, onchange: () => onInput(box.checked) });
  const node = h("div", { class: "tcbf-choice" }, box, h("label", { for: id }, label));
  return { node, paint: (checked) => (box.checked = checked) };
}
