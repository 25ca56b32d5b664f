import assert from "node:assert/strict";
import { test } from "node:test";
import { OthersVerdicts } from "../../../static/js/grid/others_verdicts.js";

const counts = (pending, approved) => ({ pending, approved, rejected: 0, invalid: 0 });

test("the list follows what others decide, and not what this page decided itself", () => {
  const changes = [];
  const others = new OthersVerdicts((now) => changes.push(now.pending));
  others.follow(counts(5, 0));
  others.follow(counts(5, 0));
  others.note(counts(4, 1)); // a verdict of this page
  others.follow(counts(4, 1));
  others.follow(undefined); // an answer without counts
  assert.deepEqual(changes, []);
  others.follow(counts(3, 2));
  others.follow(counts(3, 2));
  assert.deepEqual(changes, [3]);
});
