import assert from "node:assert/strict";
import { test } from "node:test";
import { Latest } from "../../../static/js/shared/latest.js";

test("only the values used last are kept, and each is made once", () => {
  const made = [];
  const latest = new Latest(2);
  const get = (key) => latest.get(key, () => made.push(key));
  for (const key of ["a", "b", "a", "c", "a", "b"]) get(key);
  assert.deepEqual(made, ["a", "b", "c", "b"]);
  latest.delete("a");
  get("a");
  assert.deepEqual(made.slice(4), ["a"]);
});
