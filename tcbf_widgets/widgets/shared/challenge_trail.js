// Signal-to-noise along the slider that is being moved: the curve is drawn by the player's own tries.
import { s, setAttribute } from "./dom.js";
import { LABELS } from "./lens_sliders.js";
import { tickLabels, ticks } from "./numbers.js";
import { createPlotFrame, followSize, linear } from "./plot_frame.js";

const MARGIN = { top: 8, right: 12, bottom: 40, left: 40 };
const LONGEST = 600; // tries that are kept; a second of dragging makes sixty

/**
 * createTrail(meta, first name): {node, aspect, follow(name), forget(), paint(values, signal, alt, whether that is no
 * try)}. The trail belongs to one slider; another one, followed, begins anew.
 */
export function createTrail({ ranges, top }, firstName) {
  const frame = createPlotFrame({ name: "trail", heading: "Signal-to-noise of your tries", aspect: 2, top: MARGIN.top });
  const dots = s("path", { class: "tcbf-points tcbf-trail" });
  let name = firstName;
  let tries = [];
  let [last, tried] = [null, null];
  let scale = null;
  const place = ([value, signal]) => [scale.x(value), scale.y(Math.min(signal, top))];
  const dot = (pair) => `M${place(pair).map((at) => at.toFixed(1)).join(" ")}h0`;
  const drawAll = () => {
    setAttribute(dots, "d", tries.map(dot).join(""));
    if (last) frame.place(...place(last), scale.bottom);
  };
  const layout = (width, height) => {
    scale = drawAxes(frame, ranges[name], LABELS[name], top, width, height);
    frame.fixed.append(dots);
    scale.size = [width, height];
    drawAll();
  };
  layout(440, 220);
  followSize(frame.holder, layout);
  const forget = () => {
    [tries, tried] = [[], null];
    drawAll();
  };
  return {
    node: frame.node,
    aspect: 2,
    forget,
    follow(next) {
      if (next === name) return;
      last = null;
      forget();
      name = next;
      layout(...scale.size);
    },
    paint(values, signal, alt, passing) {
      last = [values[name], signal];
      // painted once more in another look, it is the same try
      if (!passing && String(last) !== String(tried)) tries = [...tries.slice(1 - LONGEST), (tried = last)];
      drawAll();
      frame.say("", alt);
    },
  };
}

function drawAxes({ svg, fixed: group }, { least, most, unit, scale: factor }, label, top, width, height) {
  setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
  const [bottom, right] = [height - MARGIN.bottom, width - MARGIN.right];
  const scale = { x: linear(least, most, MARGIN.left + 4, right), y: linear(0, top, bottom, MARGIN.top + 4), bottom };
  const [xs, ys] = [ticks(least / factor, most / factor, Math.floor(width / 72)), ticks(0, top, top <= 5 ? top : 4)];
  const [xTexts, yTexts] = [tickLabels(xs), tickLabels(ys)];
  const text = (value, attributes) => s("text", { class: "tcbf-tick", ...attributes }, value);
  group.replaceChildren(
    s("path", { class: "tcbf-axis", d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}` }),
    ...xs.map((x, i) => text(xTexts[i], { x: scale.x(x * factor), y: bottom + 16, "text-anchor": "middle" })),
    ...ys.map((y, i) => text(yTexts[i], { x: MARGIN.left - 8, y: scale.y(y), dy: ".35em", "text-anchor": "end" })),
    s(
      "text",
      { class: "tcbf-axislabel", x: (MARGIN.left + right) / 2, y: height - 4, "text-anchor": "middle" },
      `${label} (${unit})`,
    ),
  );
  return scale;
}
