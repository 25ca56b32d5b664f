import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestEnd, secondAt } from "../../../static/js/card/span_ends.js";

const LOOP = { start: 4, end: 6, from: 2, to: 12 }; // 100 px a second on 1,000 px

test("the nearer end within reach is taken", () => {
  assert.equal(nearestEnd(LOOP, 205, 1000, 8), "start");
  assert.equal(nearestEnd(LOOP, 395, 1000, 8), "end");
  assert.equal(nearestEnd(LOOP, 300, 1000, 8), null);
  assert.equal(nearestEnd({ ...LOOP, to: Infinity }, Number.NaN, 0, 8), null);
});

test("the ends of a point come apart on the side of the pointer", () => {
  const point = { ...LOOP, end: Number.NaN };
  assert.equal(nearestEnd(point, 197, 1000, 8), "start");
  assert.equal(nearestEnd(point, 203, 1000, 8), "end");
});

test("an end stays on the timeline and on its side of the other one", () => {
  assert.equal(secondAt(LOOP, 123.4, 1000, LOOP, "start"), 3.23);
  assert.equal(secondAt(LOOP, 900, 1000, LOOP, "start"), 6);
  assert.equal(secondAt(LOOP, -50, 1000, LOOP, "start"), 2);
  assert.equal(secondAt(LOOP, 5000, 1000, LOOP, "end"), 12);
  assert.equal(secondAt(LOOP, 0, 1000, LOOP, "end"), 4);
});
