// One question: its words, a place for the answer, a button, and what is said to it.
import { h, setAttribute, setText, uniqueId } from "./dom.js";
import { isAmbiguous, numberTyped, unitBehind, verdictOnChoice, verdictOnNumber, withoutUnit } from "./quiz_verdict.js";

const NOTHING_YET = { text: "", verdict: "none" };

/**
 * createQuestion(question, number, meta, onAnswer): {node, paint(given)}; onAnswer(text) when the reader has asked for a check.
 * paint() says what an answer is worth and returns whether it is right.
 */
export function createQuestion(question, number, meta, onAnswer) {
  const make = question.options ? createOptions : createEntry;
  const id = uniqueId("verdict");
  const said = h("p", { id, class: "tcbf-verdict", role: "status" });
  const node = h("li", { class: "tcbf-question", "data-question": question.name });
  const show = ({ text, verdict }) => {
    setAttribute(node, "data-verdict", verdict);
    setText(said, text);
  };
  // an answer that is being changed is not yet wrong
  const ask = () => {
    const given = answer.given();
    if (given.problem) show({ text: given.problem, verdict: "none" });
    else {
      onAnswer(given.text);
      paint(given.text); // the same answer as before changes nothing that would be heard of
    }
  };
  const button = h("button", { type: "button", "aria-label": `Check answer ${number}`, onclick: ask }, "Check");
  const answer = make(question, button, id, () => show(NOTHING_YET));
  answer.node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    ask();
  });
  node.append(...answer.nodes, said);
  const paint = (given) => {
    answer.paint(given ?? "");
    if (given === undefined) show(NOTHING_YET);
    else show(spoken(answer.judge(given, meta)));
    return node.dataset.verdict === "right";
  };
  return { node, paint };
}

const spoken = ({ right, text }) =>
  right ? { text: `✓ Right: ${text}`, verdict: "right" } : { text: `Not yet: ${text}`, verdict: "wrong" };

function createEntry(question, button, verdict, onChange) {
  const { unit } = question;
  const [id, unitId] = [uniqueId("answer"), uniqueId("unit")];
  const field = h("input", {
    id,
    type: "text",
    inputmode: "text", // a keypad for numbers may lack the minus sign
    autocomplete: "off",
    spellcheck: "false",
    class: "tcbf-entry",
    "aria-describedby": `${unitId} ${verdict}`,
    oninput: onChange,
  });
  const node = h("div", { class: "tcbf-answer" }, field, h("span", { id: unitId }, unit), button);
  const wanted = `please type a number${unit ? `, in ${unit}` : ""}`;
  const given = () => {
    const text = withoutUnit(field.value, unit);
    if (isAmbiguous(text)) return { problem: `is the comma in ${text} a point? please type a point, or no comma` };
    if (!Number.isNaN(numberTyped(text))) return { text };
    const other = unitBehind(text);
    return { problem: other ? `that is in ${other}; ${wanted}${unit ? "" : ", without a unit"}` : wanted };
  };
  const paint = (text) => {
    if (text !== field.value) field.value = text;
  };
  const judge = (text, meta) => verdictOnNumber(question, numberTyped(text), meta);
  return { node, nodes: [h("label", { for: id }, question.text), node], given, paint, judge };
}

function createOptions(question, button, verdict, onChange) {
  const [name, id] = [uniqueId("options"), uniqueId("question")];
  const labels = Object.entries(question.options).map(([letter, value]) => {
    const radio = h("input", { type: "radio", name, value, onchange: onChange });
    return h("label", { class: "tcbf-option" }, radio, h("span", {}, `${letter}: ${value}`));
  });
  const radios = labels.map((label) => label.firstChild);
  const described = { "aria-labelledby": id, "aria-describedby": verdict };
  const group = h("div", { class: "tcbf-choices", role: "radiogroup", ...described }, ...labels);
  const node = h("div", {}, group, button);
  const given = () => {
    const chosen = radios.find((radio) => radio.checked);
    return chosen ? { text: chosen.value } : { problem: "please choose one of the answers" };
  };
  const paint = (text) => radios.forEach((radio) => (radio.checked = radio.value === text));
  const judge = (text) => verdictOnChoice(question, text);
  return { node, nodes: [h("div", { id }, question.text), node], given, paint, judge };
}
