import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSpan } from "../../../static/js/card/span_limits.js";

function form(start, end, stored = ["", ""]) {
  const field = (value, defaultValue) => ({
    value,
    defaultValue,
    error: "",
    validity: { valid: true },
    setCustomValidity(text) {
      this.error = text;
      this.validity.valid = !text;
    },
  });
  return { elements: { correct_start_s: field(start, stored[0]), correct_end_s: field(end, stored[1]) } };
}

function errors(start, end, { stored, duration, ...options } = {}) {
  const { elements } = checked(form(start, end, stored), duration, options);
  return [elements.correct_start_s.error, elements.correct_end_s.error];
}

function checked(made, duration, options) {
  checkSpan(made, duration, options);
  return made;
}

test("seconds with a comma are seconds, and other texts are not", () => {
  assert.deepEqual(errors("9,5", "15,8"), ["", ""]);
  assert.deepEqual(errors("", ""), ["", ""]);
  assert.deepEqual(errors("1,234", "x"), Array(2).fill("Give seconds, such as 12.5."));
});

test("the end is not before the start, unless either may be marked first", () => {
  assert.deepEqual(errors("15,8", "9,5"), ["", "The span ends before it starts."]);
  assert.deepEqual(errors("", "3", { stored: ["4.00", "7.00"] }), ["", "The span ends before it starts."]);
  assert.deepEqual(errors("15,8", "9,5", { mayBeBackwards: true }), ["", ""]);
});

test("neither end is after the clip, unless the vendor gave it", () => {
  assert.deepEqual(errors("1", "20,01", { duration: 19.998 }), ["", "The clip ends at 20 s."]);
  assert.deepEqual(errors("1", "25", { duration: 20, stored: ["1.00", "25.00"] }), ["", ""]);
});
