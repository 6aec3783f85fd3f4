import assert from "node:assert/strict";
import test from "node:test";
import { csvText } from "../../tcbf_widgets/widgets/shared/csv.js";
import { npyBytes } from "../../tcbf_widgets/widgets/shared/npy.js";
import { pythonCall, pythonLiteral } from "../../tcbf_widgets/widgets/shared/python_code.js";
import { golden } from "./golden.mjs";

const TYPES = { float32: Float32Array, int16: Int16Array };

for (const { dtype, shape, values, base64 } of golden.npy) {
  test(`a ${dtype} file is numpy's, header and data`, () => {
    const bytes = npyBytes(TYPES[dtype].from(values), shape);
    const [expected, written] = [Buffer.from(base64, "base64"), Buffer.from(bytes)];
    // numpy leaves spare room in the header for growing files, so its padding may be longer
    assert.deepEqual(written.subarray(0, 8), expected.subarray(0, 8));
    const header = (file) =>
      file
        .subarray(10, 10 + file.readUInt16LE(8))
        .toString()
        .trimEnd();
    const data = (file) => file.subarray(10 + file.readUInt16LE(8));
    assert.equal(header(written), header(expected));
    assert.equal((10 + written.readUInt16LE(8)) % 64, 0);
    assert.deepEqual(data(written), data(expected));
  });
}

test("an unknown type is refused", () => {
  assert.throws(() => npyBytes(new BigInt64Array(1), [1]), /BigInt64Array/);
});

test("CSV quotes what it must and leaves gaps empty", () => {
  assert.equal(csvText({ "a,b": [1, NaN], c: ['say "hi"', null] }), '"a,b",c\r\n1,"say ""hi"""\r\n,\r\n');
});

test("Python literals", () => {
  const cases = [
    [true, "True"],
    [null, "None"],
    [[1, 99], "(1, 99)"],
    [[1], "(1,)"],
    ["gray", '"gray"'],
    [0.5, "0.5"],
    [{ a: false }, '{"a": False}'],
  ];
  for (const [value, text] of cases) assert.equal(pythonLiteral(value), text);
});

test("state as Python names only what differs from the defaults", () => {
  const python = {
    call: "tcbf.widgets.VirtualBrightField(stack)",
    traits: ["radius", "cmap"],
    defaults: { radius: 3, cmap: "gray" },
  };
  const call = (state) => pythonCall(python, (name) => state[name]);
  assert.equal(call({ radius: 3, cmap: "gray" }), "tcbf.widgets.VirtualBrightField(stack)");
  assert.equal(call({ radius: 6, cmap: "gray" }), "tcbf.widgets.VirtualBrightField(stack, radius=6)");
  assert.equal(
    pythonCall({ call: "f()", traits: ["a"] }, () => [1, 2]),
    "f(a=(1, 2))",
  );
});
