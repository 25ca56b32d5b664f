import assert from "node:assert/strict";
import { test } from "node:test";
import { ClipFailures } from "../../../static/js/deck/clip_failures.js";

test("failed clips are postponed, once", () => {
  const failures = new ClipFailures();
  failures.add(1, true);
  failures.add(2, false);
  assert.deepEqual(failures.take(), [2]);
  assert.deepEqual(failures.take(), []);
});

test("nothing is postponed before any clip could be played", () => {
  const failures = new ClipFailures();
  failures.add(1, false);
  assert.deepEqual(failures.take(), []);
  failures.add(2, true);
  assert.deepEqual(failures.take(), [1]);
});

test("the order stays where clip after clip fails", () => {
  const failures = new ClipFailures();
  failures.add(1, true);
  for (const id of [2, 3, 4, 5, 6, 7]) failures.add(id, false);
  assert.deepEqual(failures.take(), []);
});
