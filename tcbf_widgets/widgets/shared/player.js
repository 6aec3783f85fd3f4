// Play, pause, step and speed for a view that counts through frames.
import { h, reducedMotion, s, setAttribute } from "./dom.js";
import { createSelect } from "./slider.js";

const SPEEDS = [0.5, 1, 2, 4, 8];
const ICONS = {
  play: "M4 2v12l10-6z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  back: "M13 2v12L6 8zM3 2h2v12H3z",
  on: "M3 2v12l7-6zM11 2h2v12h-2z",
};

// Several views may show one model; only one of them moves it, and when that one leaves, the next takes over.
const clocks = new WeakMap();

function clockOf(model) {
  if (!clocks.has(model)) clocks.set(model, { driver: null, views: new Set() });
  return clocks.get(model);
}

/** Returns run(): start or stop as moving() says; call it whenever that may have changed. */
function startStop(clock, { root, signal, advance, rate, moving }) {
  let timer = 0;
  let onPage = false;
  const wait = () => {
    timer = setTimeout(tick, 1000 / Math.max(0.1, rate()));
  };
  const stop = () => {
    clearTimeout(timer);
    if (clock.driver === run) clock.driver = null;
  };
  const leave = () => {
    clock.views.delete(run);
    stop();
    for (const other of clock.views) other();
  };
  const tick = () => {
    // a view that left the page without a farewell must not go on playing; one not yet there waits
    if (onPage && !root.isConnected) return leave();
    onPage = root.isConnected;
    if (onPage) advance();
    if (clock.driver === run) wait();
  };
  const run = () => {
    if (!moving()) return stop();
    if (clock.driver) return;
    clock.driver = run;
    wait();
  };
  clock.views.add(run);
  signal.addEventListener("abort", leave);
  return run;
}

/**
 * createPlayer({model, frame, advance, step, toggle, rate, moving}): advance() goes on by itself, step(+1 or -1) by
 * hand, rate() is in steps per second, moving() says whether anything is to move. Returns {node, paint}.
 */
export function createPlayer({ model, frame, advance, step, toggle, rate, moving }) {
  const { get, set, root, signal } = frame;
  const icon = s("path", { d: ICONS.play });
  const play = iconButton("Play", icon, toggle);
  const back = iconButton("One step back", s("path", { d: ICONS.back }), () => step(-1));
  const on = iconButton("One step on", s("path", { d: ICONS.on }), () => step(1));
  const speed = createSelect({
    label: "Speed, steps per second",
    quiet: true,
    options: SPEEDS.map((value) => [value, perSecond(value)]),
    text: perSecond,
    onInput: (value) => set({ speed: Number(value) }),
  });
  if (get("playing") && reducedMotion()) set({ playing: false });

  const run = startStop(clockOf(model), { root, signal, advance, rate, moving });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== " " || event.target.matches("button, select, textarea, input:not([type=range])")) return;
    event.preventDefault();
    event.stopPropagation();
    toggle();
  });
  const paint = () => {
    const playing = Boolean(get("playing"));
    setAttribute(icon, "d", playing ? ICONS.pause : ICONS.play);
    setAttribute(play, "aria-label", playing ? "Pause" : "Play");
    setAttribute(play, "title", playing ? "Pause (Space)" : "Play (Space)");
    speed.paint(get("speed"));
    run();
  };
  return {
    node: h("div", { class: "tcbf-player", role: "group", "aria-label": "Playback" }, back, play, on, speed.node),
    paint,
  };
}

const perSecond = (value) => `${value} / s`;

function iconButton(label, path, onclick) {
  return h(
    "button",
    { type: "button", class: "tcbf-icon", "aria-label": label, title: label, onclick },
    s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, path),
  );
}
