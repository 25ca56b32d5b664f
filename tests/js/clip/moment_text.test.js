import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf, momentText } from "../../../static/js/clip/moment_text.js";

test("a moment is written with its tenth of a second", () => {
  assert.equal(momentText(65.34), "01:05.3");
  assert.equal(momentText(59.99), "00:59.9");
  assert.equal(momentText(0.3), "00:00.3");
  assert.equal(momentText(6000), "100:00.0");
});

test("an address names a moment or none", () => {
  assert.equal(momentOf("?event=3&at=12.3"), 12.3);
  for (const search of ["", "?at=", "?at=x", "?at=-1", "?at=Infinity"]) assert.equal(momentOf(search), null);
});
