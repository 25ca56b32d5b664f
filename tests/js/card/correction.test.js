import assert from "node:assert/strict";
import { test } from "node:test";
import { changedValues } from "../../../static/js/card/changed_values.js";
import { isAboutValues } from "../../../static/js/card/reason_values.js";

const field = (name, defaultValue, value, inputMode = "") => ({ name, defaultValue, value, inputMode });

test("only fields whose value was changed are sent", () => {
  const fields = [
    field("correct_label", "A car", "A car "),
    field("correct_category", "Cut-in", ""),
    field("correct_severity", "high", " low"),
    field("correct_start_s", "4.00", "", "decimal"),
    field("correct_end_s", "7.50", "8,25", "decimal"),
  ];
  assert.deepEqual(changedValues(fields), { correct_category: "", correct_severity: "low", correct_end_s: "8.25" });
});

test("a reason about a value asks for the right one", () => {
  assert.ok(isAboutValues("Wrong severity"));
  assert.ok(isAboutValues("Span is wrong"));
  assert.ok(!isAboutValues("Not what was asked for"));
});
