import assert from "node:assert/strict";
import { test } from "node:test";
import { readDecimal } from "../../../static/js/shared/decimals.js";

test("a decimal is read with a point or a comma", () => {
  assert.equal(readDecimal("15,8"), 15.8);
  assert.equal(readDecimal(" 15.8 "), 15.8);
  assert.equal(readDecimal("0,125"), 0.125);
  assert.equal(readDecimal(",5"), 0.5);
  assert.equal(readDecimal("12."), 12);
  assert.equal(readDecimal("1.234"), 1.234);
});

test("what can be a thousand, and what is no number, is not read", () => {
  for (const text of ["1,234", "1.234,5", "", "-1", "12 s", "1:02"]) assert.equal(readDecimal(text), Number.NaN);
});
