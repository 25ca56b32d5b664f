import assert from "node:assert/strict";
import { test } from "node:test";
import { agrees } from "../../../static/js/grid/list_agreement.js";

const choices = (pending, approved, on = []) => [
  { approval: "pending", count: pending, on: on.includes("pending") },
  { approval: "approved", count: approved, on: on.includes("approved") },
];

test("tiles and counts agree where each state is there as often as counted", () => {
  assert.equal(agrees(["pending", "approved"], choices(1, 1), true), true);
  assert.equal(agrees(["pending", "pending"], choices(2, 84, ["pending"]), true), true);
});

test("a tile that no longer matches the filter does not agree", () => {
  assert.equal(agrees(["approved"], choices(0, 1, ["pending"]), true), false);
});

test("a tile that somebody else decided does not agree", () => {
  assert.equal(agrees(["pending", "pending"], choices(1, 1), true), false);
});

test("a list that goes on may hold fewer tiles than counted, never more", () => {
  assert.equal(agrees(["pending"], choices(9, 0), false), true);
  assert.equal(agrees(["pending", "pending"], choices(1, 0), false), false);
});
