// Answers are judged as Python judges them, and numbers are read as people type them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAmbiguous, numberTyped, unitBehind, verdictOnChoice, verdictOnNumber, withoutUnit } from "../../tcbf_widgets/widgets/shared/quiz_verdict.js";
import { golden } from "./golden.mjs";

const { settings, questions, answers } = golden.quizzes;

for (const { name, answer, said } of answers) {
  test(`${answer} to "${name}" is ${said}`, () => {
    const question = questions.find((each) => each.name === name);
    const { right, text } = question.options
      ? verdictOnChoice(question, answer)
      : verdictOnNumber(question, answer, settings);
    assert.equal(`${right ? "right" : "not yet"}: ${text}`, said);
  });
}

for (const value of [Infinity, -Infinity, NaN]) {
  test(`${value} is no answer`, () => {
    assert.deepEqual(verdictOnNumber(questions[0], value, settings), { right: false, text: settings.words.not_finite });
  });
}

const TYPED = [
  ["60", 60],
  [" 6 0 ", 60],
  ["0,5", 0.5],
  ["−1.5e4", -15000],
  ["1.5E+4", 15000],
  ["1.5×10^4", 15000],
  ["1,5 x 10⁻³", 0.0015],
  ["2·10^-2", 0.02],
  ["10^4", 10000],
  ["10⁴", 10000],
  ["-10⁻²", -0.01],
  ["15 000", 15000],
  [".5", 0.5],
  ["5.", 5],
];
for (const [text, value] of TYPED) {
  test(`"${text}" is ${value}`, () => assert.equal(numberTyped(text), value));
}

for (const text of ["", "a", "1.2.3", "1,000,000", "3 or 4", "Infinity", "1e", "0x10", "10⁴5"]) {
  test(`"${text}" is no number`, () => assert.equal(numberTyped(text), NaN));
}

test("a comma before three digits may mean thousands, and is asked about", () => {
  for (const text of ["22,857", "−1,841", "1,000,000", "15, 000"]) assert.ok(isAmbiguous(text), text);
  for (const text of ["0,705", "22,85", "1,8412", "22857", "1.841", "1,5e4"]) assert.ok(!isAmbiguous(text), text);
});

test("another unit behind a number is named", () => {
  const cases = [["60 nm", "nm"], ["−1.5 µm", "µm"], ["44.7 %", "%"], ["1e3mrad", "mrad"], ["4 e/Å²", "e/Å²"], ["30°", "°"]];
  for (const [text, unit] of cases) assert.equal(unitBehind(text), unit);
  for (const text of ["60", "1e4", "about 6", "10^4", "1.5e4", ""]) assert.equal(unitBehind(text), "", text);
});

test("the unit that stands beside the field may be typed", () => {
  assert.equal(withoutUnit(" 60 Å ", "Å"), "60");
  assert.equal(withoutUnit("60 nm", "Å"), "60 nm");
  assert.equal(withoutUnit("0.5", ""), "0.5");
  assert.equal(withoutUnit("9 px", "pixels"), "9");
  assert.equal(withoutUnit("9 pixels", "pixels"), "9");
});
