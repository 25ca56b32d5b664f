import assert from "node:assert/strict";
import { test } from "node:test";
import { isOnlyMoment, momentOf, momentText, withMoment } from "../../../static/js/clip/moment_text.js";

test("a moment is written with its tenth of a second", () => {
  assert.equal(momentText(65.34), "01:05.3");
  assert.equal(momentText(59.99), "00:59.9");
  assert.equal(momentText(0.3), "00:00.3");
  assert.equal(momentText(6000), "100:00.0");
});

test("a text gets a moment at its end once", () => {
  assert.equal(withMoment("", 4.2), "00:04.2 ");
  assert.equal(withMoment("See 00:04.2 ", 65.3), "See 01:05.3 ");
  assert.equal(withMoment("From 00:04.2 to", 65.3), "From 00:04.2 to 01:05.3 ");
  assert.equal(withMoment("00:04.2 See", 4.2), "00:04.2 See");
  assert.deepEqual(["", "00:04.2 ", "See 00:04.2", "100:00.0"].map(isOnlyMoment), [false, true, false, true]);
});

test("an address names a moment or none", () => {
  assert.equal(momentOf("?event=3&at=12.3"), 12.3);
  for (const search of ["", "?at=", "?at=x", "?at=-1", "?at=Infinity"]) assert.equal(momentOf(search), null);
});
