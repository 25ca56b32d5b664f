import assert from "node:assert/strict";
import { test } from "node:test";
import { pointAt, readPoints } from "../../../static/js/clip/route.js";

test("the place at a second lies straight between its neighbours", () => {
  const points = readPoints("4.00,0.00,10.00 8.00,20.00,30.00 8.00,40.00,50.00");
  assert.deepEqual(pointAt(points, 4), [0, 10]);
  assert.deepEqual(pointAt(points, 6), [10, 20]);
  assert.deepEqual(pointAt(points, 8), [20, 30]);
});

test("there is no place before the first second that is known and after the last one", () => {
  const points = readPoints("4,0,10 8,20,30");
  assert.deepEqual(
    [3.9, 8.1, Number.NaN].map((second) => pointAt(points, second)),
    [null, null, null],
  );
  assert.equal(pointAt(readPoints(""), 0), null);
});
