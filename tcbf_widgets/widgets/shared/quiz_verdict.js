// What is said to an answer: the same as tcbf_widgets.questions says in Python, from the same words.

const near = (value, wanted, within) => Math.abs(value - wanted) <= within * Math.abs(wanted);

const said = (right, text) => ({ right, text });

/** Whether a value is the right one, rounded to one or two digits, and by no more than a share of it. */
function isRounded(value, right, share) {
  const highest = Math.floor(Math.log10(Math.abs(right)));
  const apart = Math.abs(value - right);
  const fits = (unit) => apart <= 0.5 * unit && Math.abs(value / unit - Math.round(value / unit)) < 1e-9;
  return apart <= share * Math.abs(right) && [highest, highest - 1].some((power) => fits(10 ** power));
}

/** The verdict on a number. */
export function verdictOnNumber(question, given, { near: close, rounded_by: share, powers, words }) {
  const { answer, within, mistakes, because, power, hint, signed } = question;
  const value = signed ? given : Math.abs(given) * Math.sign(answer);
  if (near(value, answer, within)) return said(true, because);
  if (!Number.isFinite(value)) return said(false, words.not_finite);
  const known = mistakes.find(([wrong]) => near(value, wrong, close));
  if (known) return said(false, known[1]);
  if (isRounded(value, answer, share)) return said(false, words.rounded);
  if (near(-value, answer, within)) return said(false, words.sign);
  if (powers.some((ten) => near(value, answer * 10 ** ten, within))) return said(false, power);
  return said(false, hint);
}

/** The verdict on one of the options of a choice. */
export function verdictOnChoice({ answer, mistakes, because }, words) {
  if (words === answer) return said(true, because);
  return said(false, mistakes.find(([wrong]) => wrong === words)[1]);
}

const SHORT = { pixels: "px", electrons: "e", "electrons/Å²": "e/Å²" };

/** What was typed, without the unit that stands beside the field anyway. */
export function withoutUnit(text, unit) {
  const typed = text.trim();
  const ending = [unit, SHORT[unit]].find((name) => name && typed.endsWith(name));
  return ending ? typed.slice(0, -ending.length).trim() : typed;
}

/** Whether a comma may stand for thousands as well as for a point: nobody but the reader knows. */
export const isAmbiguous = (text) => /^[+\u2212-]?[1-9]\d{0,2}(,\d{3})+$/.test(text.replaceAll(/\s/g, ""));

/** What stands behind a number, such as the unit that it was typed in. */
export const unitBehind = (text) => /^[+\u2212-]?[\d.,]+(?:e[+-]?\d+)?\s*(?!e[+-]?\d)([a-zµμÅ%°][a-zµμÅ²/0-9]*)$/i.exec(text)?.[1] ?? "";

/** A number as people type it: comma or point, a true minus sign, powers as e4, 10^4 or ×10⁴. NaN for anything else. */
export function numberTyped(text) {
  let typed = text.replaceAll("\u2212", "-").replaceAll(/\s/g, "");
  typed = typed.replace(/(?<=10)[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+$/, (digits) => `^${[...digits].map(lowered).join("")}`);
  typed = typed.replace(/^([+-]?)10\^(-?\d+)$/, (_, sign, power) => `${sign}1e${power}`);
  typed = typed.replace(/[×x*·]10\^(-?\d+)$/, "e$1").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(typed) ? Number(typed) : NaN;
}

const lowered = (digit) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit)];
