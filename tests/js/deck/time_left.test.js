import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeLeft } from "../../../static/js/deck/time_left.js";
import { memoryStorage } from "../helpers.js";

const LIMITS = { idle: "60", least: "4", latest: "30" };

// The label for `cards` after verdicts with these seconds between them.
function labelAfter(gaps, cards) {
  const storage = memoryStorage();
  const timeLeft = new TimeLeft("batch", storage, LIMITS);
  let now = 1e12;
  timeLeft.addVerdict(now);
  for (const gap of gaps) {
    now += gap * 1000;
    timeLeft.addVerdict(now);
  }
  assert.equal(new TimeLeft("batch", storage, LIMITS).label(cards), timeLeft.label(cards), "the same after a reload");
  return timeLeft.label(cards);
}

test("the estimate is the active time of a verdict times the cards that are left", () => {
  assert.equal(labelAfter([3, 2, 4], 100), "≈ 5 min left");
  assert.equal(labelAfter([30, 30, 30], 1204), "≈ 10 h left");
  assert.equal(labelAfter([2, 2, 2], 10), "< 1 min left");
});

test("there is no estimate before enough verdicts, or at the end", () => {
  assert.equal(labelAfter([], 100), "");
  assert.equal(labelAfter([4, 4], 100), "");
  assert.equal(labelAfter([2, 2, 2], 0), "");
});

test("a pause counts as a minute, and old verdicts do not count", () => {
  assert.equal(labelAfter([2, 7200, 2, 600, 1], 60), "≈ 25 min left");
  assert.equal(labelAfter([...Array(40).fill(80), ...Array(29).fill(6)], 100), "≈ 10 min left");
});

test("a full storage only costs the estimate after a reload", () => {
  const timeLeft = new TimeLeft("batch", memoryStorage({}, { room: 0 }), LIMITS);
  for (const now of [0, 2000, 4000, 6000]) timeLeft.addVerdict(now);
  assert.equal(timeLeft.label(300), "≈ 10 min left");
});
