import assert from "node:assert/strict";
import { test } from "node:test";
import { clock } from "../../../static/js/clip/clock.js";
import { elsewhereMessage, isElsewhere } from "../../../static/js/clip/moment.js";

test("a seek that stays at the start of the clip is elsewhere", () => {
  assert.equal(isElsewhere(0, 10.3, 16.1), true);
  assert.equal(isElsewhere(40, 10.3, 16.1), true);
});

test("a seek to the moment, or a clip that has played on since, is not", () => {
  assert.equal(isElsewhere(10.3, 10.3, 16.1), false);
  assert.equal(isElsewhere(9.9, 10.3, 16.1), false);
  assert.equal(isElsewhere(12, 10.3, 16.1), false);
  assert.equal(isElsewhere(5, NaN, 16.1), false);
});

test("the message names where the clip starts and where the event begins", () => {
  assert.equal(
    elsewhereMessage(0.01, 72.3),
    "This host does not support seeking; the clip starts at 00:00. The event begins at 01:12.",
  );
  assert.equal(elsewhereMessage(0, NaN), "This host does not support seeking; the clip starts at 00:00.");
});

test("seconds are written as minutes and seconds", () => {
  assert.deepEqual([-1, 0, 59.9, 60, 3725].map(clock), ["00:00", "00:00", "00:59", "01:00", "62:05"]);
});
