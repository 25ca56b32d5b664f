import assert from "node:assert/strict";
import { test } from "node:test";
import { wasReadable } from "../../../static/js/deck/early_verdicts.js";

test("a verdict counts from 120 ms after the card was painted", () => {
  assert.equal(wasReadable("1000.5", 1120.5), true);
  assert.equal(wasReadable("1000.5", 1120.4), false);
});

test("a verdict does not count before the card was painted", () => {
  assert.equal(wasReadable(undefined, 1120), false);
  assert.equal(wasReadable("1000", 990), false);
});
