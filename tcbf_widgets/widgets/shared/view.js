// What every view becomes: a widget that draws it, draws it anew for new numbers, and says what went wrong.
import { forgetFirstState, showMessage } from "./frame.js";

/** The definition of a widget (anywidget's {render}) made of a view: {whatIsMissing(model), show({model, el, signal})}. */
export function widgetOf(view) {
  return { render: (context) => render(view, context) };
}

/** Draw one view of a model into el. Returns the function that takes it away again. */
function render(view, { model, el, signal }) {
  let current = null;
  const build = () => {
    current?.abort();
    current = new AbortController();
    el.replaceChildren();
    show(view, model, el, current);
  };
  // New numbers from Python: everything that was prepared from the old ones goes.
  let waiting = false;
  let gone = false;
  const rebuild = () => {
    forgetFirstState(model);
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      if (!gone) build();
    });
  };
  build();
  model.on("change:arrays", rebuild);
  model.on("change:meta", rebuild);
  const leave = () => {
    model.off("change:arrays", rebuild);
    model.off("change:meta", rebuild);
    gone = true;
    current.abort();
  };
  signal?.addEventListener("abort", leave);
  return leave;
}

function show(view, model, el, controller) {
  try {
    const missing = view.whatIsMissing(model);
    if (missing) showMessage(el, missing);
    else view.show({ model, el, signal: controller.signal });
  } catch (error) {
    controller.abort(); // half a view may listen already
    el.replaceChildren();
    showMessage(el, `This figure cannot be drawn: ${error.message}.`, "error");
    console.error(error);
  }
}
