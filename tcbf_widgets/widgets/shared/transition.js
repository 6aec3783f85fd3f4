// Arrows on their way from one iteration to the next. The first step is drawn at once: the movement explains,
// it must not delay.
import { reducedMotion } from "./dom.js";

const DURATION = 200; // ms
const HEAD_START = 0.2; // of the way, in the first painted frame
const MOST = 800; // arrows; more would cost more per frame than the movement is worth

const ease = (t) => 1 - (1 - t) ** 3;

/** createTransition(draw): draw({name: [(y, x)]}); to(target, moving) goes there, redraw() repeats, stop() ends. */
export function createTransition(draw) {
  let shown = null;
  let frame = 0;
  const stop = () => cancelAnimationFrame(frame);
  const paint = (vectors) => {
    shown = vectors;
    draw(vectors);
  };
  const run = (from, target, start) => (time) => {
    const t = Math.min(1, HEAD_START + Math.max(0, time - start) / DURATION);
    if (t >= 1) return paint(target);
    paint(between(from, target, ease(t)));
    frame = requestAnimationFrame(run(from, target, start));
  };
  const to = (target, moving) => {
    stop();
    if (moving && shown && comparable(shown, target) && !reducedMotion()) {
      const start = performance.now();
      run(shown, target, start)(start);
    } else paint(target);
  };
  return { to, stop, redraw: () => shown && draw(shown) };
}

const comparable = (a, b) =>
  Object.keys(b).every((name) => a[name]?.length === b[name].length && b[name].length <= MOST);

function between(from, target, t) {
  const mix = (name) =>
    target[name].map(([y, x], i) => [from[name][i][0] * (1 - t) + y * t, from[name][i][1] * (1 - t) + x * t]);
  return Object.fromEntries(Object.keys(target).map((name) => [name, mix(name)]));
}
