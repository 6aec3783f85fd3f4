// One bundle for all widgets: the model's "view" says which one to draw.
import "./shared/theme.css";
import * as AberrationExplorer from "./aberration_explorer.js";
import * as AberrationFitView from "./aberration_fit_view.js";
import * as AlignmentMovie from "./alignment_movie.js";
import * as ContrastTransfer from "./contrast_transfer.js";
import * as MaskSchedule from "./mask_schedule.js";
import { forgetFirstState, showMessage } from "./shared/frame.js";
import * as ShiftField from "./shift_field.js";
import * as Upsampling from "./upsampling.js";
import * as VirtualBrightField from "./virtual_bright_field.js";

const views = {
  AberrationExplorer,
  AberrationFitView,
  AlignmentMovie,
  ContrastTransfer,
  MaskSchedule,
  ShiftField,
  Upsampling,
  VirtualBrightField,
};

/** Draw one view of a model into el. Returns the function that takes it away again. */
function render({ model, el, signal }) {
  let current = null;
  const build = () => {
    current?.abort();
    current = new AbortController();
    el.replaceChildren();
    show(model, el, current);
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

function show(model, el, controller) {
  const view = views[model.get("view")];
  try {
    if (!view) throw new Error(`there is no view called ${model.get("view")}`);
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

export default { render };
