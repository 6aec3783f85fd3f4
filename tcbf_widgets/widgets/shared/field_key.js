// What the marks of a field mean: an arrow or a ring, its name, and the value at the pointer.
import { h, s, setText } from "./dom.js";
import { arrowPath, circlePath } from "./quiver.js";

/** What a model says as arrows, over what it should explain as rings. */
export function modelOver(model, reference) {
  return {
    both: [
      ["fitted", "arrow", model],
      ["measured", "ring", reference],
    ],
  };
}

// What is drawn, and as what, for each kind of field: layer, shape, name.
export const KEYS = {
  measured: [["measured", "arrow", "measured"]],
  fitted: [["fitted", "arrow", "fitted"]],
  ...modelOver("fitted", "measured"),
};

/** createKey(): {node, show(items of KEYS), setCut(whether arrows leave the axes), setValues(a text for each item)}. */
export function createKey() {
  const node = h("span", { class: "tcbf-key" });
  const cut = h("span", { class: "tcbf-keycut", hidden: true }, "arrows cut");
  let values = [];
  return {
    node,
    show(items) {
      values = items.map(() => h("span", { class: "tcbf-keyvalue" }));
      node.replaceChildren(...items.map((item, i) => keyItem(item, values[i])), cut);
    },
    setCut: (on) => (cut.hidden = !on),
    setValues: (texts) => values.forEach((value, i) => setText(value, texts[i] ?? "")),
  };
}

function keyItem([layer, shape, name], value) {
  const d = shape === "ring" ? circlePath(19, 4, 3) : arrowPath(1, 4, 22, 0, 6);
  const mark = s("path", { class: `tcbf-arrows tcbf-arrows-${layer}`, d });
  return h(
    "span",
    { class: "tcbf-keyitem" },
    s("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" }, mark),
    h("span", { class: "tcbf-keyname" }, name),
    value,
  );
}
