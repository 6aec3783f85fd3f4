// Work that is too long for one frame, in portions between frames: a slider never waits for it.

const LONGEST = 5; // ms of a frame

/**
 * createPortions({next, paint, busy, signal}): next() does a small piece and says whether there are more, paint() shows
 * what was done, busy(true or false) tells whether something is still to come. Returns {start(), finish()}: begin or go
 * on with the next frame, or do all of it now.
 */
export function createPortions({ next, paint, busy, signal }) {
  let waiting = false;
  const tick = () => {
    waiting = false;
    if (signal.aborted) return;
    const end = performance.now() + LONGEST;
    let more = true;
    while (more && performance.now() < end) more = next();
    paint();
    if (more) start();
    else busy(false);
  };
  const start = () => {
    if (waiting) return;
    waiting = true;
    busy(true);
    requestAnimationFrame(tick);
  };
  const finish = () => {
    while (next());
    paint();
    busy(false);
  };
  return { start, finish };
}
