// The questions of a chapter, checked where they are answered; the answers stay in the reader's own browser.
import { csvText } from "./shared/csv.js";
import { h, setText } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { keep, kept } from "./shared/kept.js";
import { createQuestion } from "./shared/quiz_question.js";

export function whatIsMissing(model) {
  return model.get("meta").questions.length ? "" : "There is nothing to answer: this quiz has no questions.";
}

export function show({ model, el, signal }) {
  const { questions } = model.get("meta");
  const frame = createFrame({
    model,
    el,
    signal,
    traits: ["answers"],
    pictures: false,
    downloads: () => [{ label: "Answers (CSV)", file: "answers.csv", content: () => table(questions, frame.get("answers")) }],
  });
  const { get, set, meta } = frame;
  const name = `quiz:${meta.key}`;
  const answer = (question) => (text) => set({ answers: { ...get("answers"), [question.name]: text } });
  const items = questions.map((question, i) => createQuestion(question, i + 1, meta, answer(question)));
  const list = h("ol", { class: "tcbf-quiz" }, ...items.map(({ node }) => node));
  const again = startAgain(get, set);
  frame.panels.append(list);
  frame.controls.append(again.button);
  // what was answered before; answers from Python are shown in its place, and take it away only when they are changed
  const fromPython = Object.keys(get("answers")).length ? get("answers") : null;
  if (!fromPython) set({ answers: known(questions, kept(name)) });
  frame.watch((changed) => {
    if (!changed.has("answers")) return;
    const answers = known(questions, get("answers"));
    const right = items.filter(({ paint }, i) => paint(answers[questions[i].name])).length;
    const given = Object.keys(answers).length;
    if (get("answers") !== fromPython) keep(name, given ? answers : null);
    again.paint(answers);
    frame.say(`${right} of ${questions.length} right${given ? "" : ", none answered yet"}`);
  });
}

// Answers to these questions: a stored one may be older than its question.
function known(questions, answers) {
  const fits = ({ name, options }) =>
    typeof answers?.[name] === "string" && (!options || Object.values(options).includes(answers[name]));
  return Object.fromEntries(questions.filter(fits).map(({ name }) => [name, answers[name]]));
}

// One button takes all answers away and brings them back, also those that the key R took: nothing is lost by a slip.
function startAgain(get, set) {
  let last = null;
  const isEmpty = (answers) => !Object.keys(answers).length;
  const press = () => set({ answers: isEmpty(get("answers")) ? last : {} });
  const button = h("button", { type: "button", onclick: press });
  const paint = (answers) => {
    if (!isEmpty(answers)) last = answers;
    setText(button, last && isEmpty(answers) ? "Bring the answers back" : "Start again");
    button.disabled = !last;
  };
  return { button, paint };
}

const table = (questions, answers) =>
  csvText({ question: questions.map(({ text }) => text), answer: questions.map(({ name }) => answers[name] ?? "") });
