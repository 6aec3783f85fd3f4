// Display options and downloads, folded away under one button. They open in the flow of the page, so that nothing
// is covered and no notebook cell clips them.
import { createCheckbox } from "./checkbox.js";
import { h, setAttribute, setText, uniqueId } from "./dom.js";
import { pythonCall } from "./python_code.js";
import { STEP, withPercentile } from "./contrast.js";
import { copyText, download, snapshot } from "./save.js";
import { createSelect } from "./slider.js";
import { tables } from "./colormaps.js";

/** `pictures` is false where there are words only: without colour maps, and nothing to be saved as a picture. */
export function createMenu(frame, downloads, pictures = true) {
  const id = uniqueId("options");
  const button = h(
    "button",
    { type: "button", class: "tcbf-options", "aria-expanded": "false", "aria-controls": id },
    "Options",
  );
  const said = h("span", { class: "tcbf-said", role: "status" });
  const look = pictures ? lookControls(frame) : { nodes: [], paint: () => {} };
  const sheet = h(
    "div",
    { class: "tcbf-sheet", id, hidden: true },
    pictures ? h("div", { class: "tcbf-line-up" }, ...look.nodes) : null,
    h("div", { class: "tcbf-line-up" }, ...actions(frame, downloads, pictures, (text) => setText(said, text))),
    said,
  );
  const open = (on) => {
    sheet.hidden = !on;
    setAttribute(button, "aria-expanded", on);
  };
  button.addEventListener("click", () => open(sheet.hidden));
  for (const part of [button, sheet]) {
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || sheet.hidden) return; // of a closed menu it is the notebook's
      event.preventDefault();
      event.stopPropagation();
      open(false);
      button.focus();
    });
  }
  return { button, sheet, paint: look.paint };
}

function lookControls({ get, set }) {
  const map = createSelect({
    label: "Colour map",
    options: Object.keys(tables).map((name) => [name, name]),
    onInput: (cmap) => set({ cmap }),
  });
  const percent = (label, index) => {
    const id = uniqueId("percentile");
    const input = h("input", {
      type: "number",
      id,
      class: "tcbf-entry",
      min: 0,
      max: 100,
      step: STEP,
      style: "width:7ch",
    });
    input.addEventListener("change", () => {
      const typed = input.value.trim() === "" ? NaN : Number(input.value);
      const pair = withPercentile(get("contrast"), index, typed);
      input.value = pair[index];
      set({ contrast: pair });
    });
    return { input, node: h("div", { class: "tcbf-choice" }, h("label", { for: id }, label), input) };
  };
  const low = percent("Black at percentile", 0);
  const high = percent("White at percentile", 1);
  const smooth = createCheckbox("Smooth between pixels", (on) => set({ smooth: on }));
  const paint = () => {
    map.paint(get("cmap"));
    const [a, b] = get("contrast");
    if (Number(low.input.value) !== a || low.input.value === "") low.input.value = a;
    if (Number(high.input.value) !== b || high.input.value === "") high.input.value = b;
    smooth.paint(Boolean(get("smooth")));
  };
  return { nodes: [map.node, low.node, high.node, smooth.node], paint };
}

function actions(frame, downloads, pictures, say) {
  const { root, get, meta, reset } = frame;
  const action = (text, run) => {
    const button = h("button", { type: "button" }, text);
    button.addEventListener("click", async () => {
      try {
        say((await run()) ?? "");
      } catch (error) {
        say(`That did not work: ${error.message}`);
      }
    });
    return button;
  };
  const stem = root.dataset.view.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
  const picture = action("Save picture (PNG)", async () => {
    download(`${stem}.png`, await snapshot(root));
    return `Saved ${stem}.png`;
  });
  return [
    ...(pictures ? [picture] : []),
    action("Copy as Python", async () => {
      const code = pythonCall(meta.python ?? { call: `tcbf.widgets.${root.dataset.view}()` }, get);
      return (await copyText(code)) ? `Copied: ${code}` : code;
    }),
    ...downloads().map(({ label, file, content }) =>
      action(label, () => {
        const name = `${stem}_${file}`;
        download(name, content());
        return `Saved ${name}`;
      }),
    ),
    action("Reset (R)", () => reset()),
  ];
}
