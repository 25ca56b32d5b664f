import assert from "node:assert/strict";
import { test } from "node:test";
import { missedEntry, missedSpan } from "../../../static/js/card/missed_entry.js";

test("only filled fields are sent", () => {
  const form = new FormData();
  for (const [name, value] of [
    ["key", "k"],
    ["correct_label", " A van "],
    ["correct_severity", " "],
    ["note", ""],
  ]) {
    form.append(name, value);
  }
  assert.deepEqual(missedEntry(form), { correct_label: "A van" });
});

test("a span has its ends in order, whichever was marked first", () => {
  const span = missedSpan({ correct_start_s: "9.5", correct_end_s: "7" }, 60);
  assert.deepEqual(span, { correct_start_s: "7.00", correct_end_s: "9.50" });
  const written = missedSpan({ correct_start_s: "7,25", correct_end_s: "9,5" }, 60);
  assert.deepEqual(written, { correct_start_s: "7.25", correct_end_s: "9.50" });
});

test("without an end a span has the default length, within the clip", () => {
  assert.equal(missedSpan({ correct_start_s: "1" }, 60).correct_end_s, "4.00");
  assert.equal(missedSpan({ correct_start_s: "59" }, 60).correct_end_s, "60.00");
  assert.equal(missedSpan({ correct_start_s: "59" }, NaN).correct_end_s, "62.00");
  assert.deepEqual(missedSpan({}, 60), {});
});
