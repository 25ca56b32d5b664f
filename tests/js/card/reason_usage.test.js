import assert from "node:assert/strict";
import { test } from "node:test";
import { mostUsedFirst, ReasonUsage } from "../../../static/js/card/reason_usage.js";
import { memoryStorage } from "../helpers.js";

const REASONS = ["Not in view", "Too far away", "Glare", "Wrong road user", "Duplicate"];

test("the three most used reasons stand first, the others keep their order", () => {
  const counts = { Duplicate: 9, Glare: 2, "Too far away": 3, "Not in view": 1 };
  assert.deepEqual(mostUsedFirst(REASONS, counts), [
    "Duplicate",
    "Too far away",
    "Glare",
    "Not in view",
    "Wrong road user",
  ]);
});

test("reasons nobody used keep their order", () => {
  assert.deepEqual(mostUsedFirst(REASONS, { "an old reason": 5 }), REASONS);
});

test("each person's uses are counted by themselves", () => {
  const storage = memoryStorage();
  const usage = new ReasonUsage(storage, 1);
  usage.add("Glare");
  usage.add("Glare");
  assert.deepEqual(new ReasonUsage(storage, 1).counts, { Glare: 2 });
  assert.deepEqual(new ReasonUsage(storage, 2).counts, {});
});

test("a full storage only costs the order", () => {
  const usage = new ReasonUsage(memoryStorage({}, { room: 0 }), 1);
  usage.add("Glare");
  assert.deepEqual(usage.counts, {});
});
