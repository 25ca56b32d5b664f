import assert from "node:assert/strict";
import { test } from "node:test";
import { isInSpan } from "../../../static/js/clip/box.js";

test("a box is shown inside the span of its finding, or near its moment", () => {
  assert.deepEqual(
    [3.9, 4, 6, 6.1].map((second) => isInSpan(second, 4, 6)),
    [false, true, true, false],
  );
  assert.deepEqual(
    [3.7, 4.2].map((second) => isInSpan(second, 4, Number.NaN)),
    [false, true],
  );
  assert.equal(isInSpan(99, Number.NaN, Number.NaN), true);
});
