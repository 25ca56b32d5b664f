import assert from "node:assert/strict";
import { test } from "node:test";
import { swipeMeaning } from "../../../static/js/deck/swipe_direction.js";

test("each direction has one meaning", () => {
  assert.equal(swipeMeaning(100, 0), "approved");
  assert.equal(swipeMeaning(-100, 20), "rejected");
  assert.equal(swipeMeaning(20, -100), "skip");
});

test("a short, slanted or downward swipe means nothing", () => {
  assert.equal(swipeMeaning(72, 0), "");
  assert.equal(swipeMeaning(100, -90), "");
  assert.equal(swipeMeaning(0, 200), "");
});
