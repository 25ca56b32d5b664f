import assert from "node:assert/strict";
import { test } from "node:test";
import { uuid } from "../../../static/js/shared/ids.js";

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("an id is a random UUID, also where the browser has no randomUUID", () => {
  assert.match(uuid(), VERSION_4);
  const { randomUUID } = crypto;
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  const ids = Array.from({ length: 50 }, uuid);
  Object.defineProperty(crypto, "randomUUID", { value: randomUUID, configurable: true });
  for (const id of ids) assert.match(id, VERSION_4);
  assert.equal(new Set(ids).size, 50);
});
