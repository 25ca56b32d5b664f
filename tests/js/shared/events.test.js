import assert from "node:assert/strict";
import { test } from "node:test";
import { emit, on } from "../../../static/js/shared/events.js";

test("a listener gets the payload of its own event", () => {
  const payloads = [];
  on("test:first", (payload) => payloads.push(payload));
  emit("test:second", { number: 2 });
  emit("test:first", { number: 1 });
  emit("test:first");
  assert.deepEqual(payloads, [{ number: 1 }, {}]);
});
