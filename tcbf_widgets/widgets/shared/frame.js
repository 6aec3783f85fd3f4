// What every view has around its pictures: a title row, panels, one row of controls, one status line, the menu,
// the link to the model, and the rule when to paint.
import { h, setAttribute, setText, uniqueId } from "./dom.js";
import { createMenu } from "./menu.js";

const PAINTED = "tcbf-painted";
const COMMON = ["cmap", "contrast", "smooth"];

// The state a model had when it was first shown: that is what "reset" returns to, also for a second view.
const firstState = new WeakMap();

/** New numbers from Python: what was the first state may not exist any more. */
export const forgetFirstState = (model) => firstState.delete(model);

export function createFrame({ model, el, signal, traits, downloads = () => [], pictures = true }) {
  const meta = model.get("meta") ?? {};
  const names = [...(pictures ? COMMON : []), ...traits];
  const get = (name) => model.get(name);
  if (!firstState.has(model)) firstState.set(model, Object.fromEntries(names.map((name) => [name, get(name)])));

  const { root, head, panels, controls, status } = frameNodes(get("view"), meta.title ?? get("view"));
  const set = (changes) => {
    model.set(changes);
    model.save_changes();
  };
  const first = (name) => firstState.get(model)[name];
  const reset = () => set(firstState.get(model));
  const say = (text) => setText(status, text);
  const quiet = (on) => setAttribute(status, "aria-live", on ? "off" : "polite");
  const frame = { root, panels, controls, meta, get, set, first, reset, say, quiet, signal };

  const menu = createMenu(frame, downloads, pictures);
  head.append(menu.button);
  head.after(menu.sheet);
  resetByKeyAndDoubleClick(root, reset);
  el.append(root);
  // paint(changed names) now and after every change; returns repaint(name) for what changed without the model
  frame.watch = (paint) =>
    watch(model, root, names, signal, (changed) => {
      paint(changed);
      menu.paint();
    });
  return frame;
}

// JupyterLab: arrows and letters belong to the focused slider, not to the notebook. It has to say so itself: shortcuts
// for whatever has the focus reach it before those who ask look further out.
function frameNodes(view, titleText) {
  const id = uniqueId("title");
  const panels = h("div", { class: "tcbf-panels" });
  const controls = h("div", { class: "tcbf-controls" });
  const status = h("p", { class: "tcbf-status", "aria-live": "polite" });
  const head = h("div", { class: "tcbf-head" }, h("div", { class: "tcbf-heading", id }, titleText));
  const root = h(
    "div",
    {
      class: "tcbf-widget",
      "data-view": view,
      "data-state": "building",
      role: "group",
      "aria-labelledby": id,
      onfocusin: ({ target }) => setAttribute(target, "data-lm-suppress-shortcuts", true),
      "data-jp-suppress-context-menu": "", // JupyterLab: the browser's own menu stays
    },
    head,
    h("div", { class: "tcbf-flow" }, panels, controls, status),
  );
  return { root, head, panels, controls, status };
}

// The first change of a frame paints at once, so a slider never waits for the next frame; further changes within
// the same frame are gathered and painted together by requestAnimationFrame.
function watch(model, root, names, signal, paint) {
  let dirty = new Set(names);
  let waiting = false;
  let alive = true;
  const run = () => {
    const changed = dirty;
    dirty = new Set();
    paint(changed);
    // only the last one is kept: a film that plays for hours must not fill the memory
    performance.clearMarks(PAINTED);
    performance.mark(PAINTED);
  };
  const nextFrame = () => {
    waiting = false;
    if (alive && dirty.size) request();
  };
  const request = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(nextFrame);
    run();
  };
  const touch = (name) => {
    dirty.add(name);
    request();
  };
  const listeners = names.map((name) => [`change:${name}`, () => touch(name)]);
  for (const [event, listener] of listeners) model.on(event, listener);
  signal.addEventListener("abort", () => {
    alive = false;
    for (const [event, listener] of listeners) model.off(event, listener);
  });
  run();
  root.dataset.state = "ready";
  return touch;
}

function resetByKeyAndDoubleClick(root, reset) {
  const typing = "input[type=number], input[type=text], select, textarea";
  root.addEventListener("keydown", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (plain && event.key.toLowerCase() === "r" && !event.target.matches(typing)) {
      // VS Code has single-letter commands of its own
      event.stopPropagation();
      event.preventDefault();
      reset();
    }
  });
  root.addEventListener("dblclick", (event) => {
    if (!event.target.closest("input, button, select, label, summary, li, .tcbf-sheet, .tcbf-status")) reset();
  });
}

/** Replace a view by one sentence: what is missing and what to do about it. */
export function showMessage(el, text, state = "empty") {
  const role = state === "error" ? "alert" : "note";
  const root = h("div", { class: "tcbf-widget tcbf-message", "data-state": state, role }, text);
  el.append(root);
  return root;
}
