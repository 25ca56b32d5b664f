import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../../static/js/card/drafts.js";
import { memoryStorage } from "../helpers.js";

test("a draft is read back in the same tab, by its author alone", () => {
  const storage = memoryStorage();
  new Drafts(storage, 7).write(11, "too far away");
  assert.equal(new Drafts(storage, 7).read(11), "too far away");
  assert.equal(new Drafts(storage, 7).read(12), "");
  assert.equal(new Drafts(storage, 8).read(11), "");
});

test("an emptied field leaves no draft", () => {
  const storage = memoryStorage();
  const drafts = new Drafts(storage, 7);
  drafts.write(11, "too far");
  drafts.write(11, " ");
  assert.deepEqual(Object.keys(storage), []);
});

test("a saved verdict removes the drafts of its events, anything else none", () => {
  const drafts = new Drafts(memoryStorage(), 7);
  for (const event of [11, 12, 13]) drafts.write(event, "far");
  drafts.removeSaved({ kind: "flag", event: 11 });
  assert.equal(drafts.read(11), "far");
  drafts.removeSaved({ kind: "decide", event: 11 });
  drafts.removeSaved({ kind: "bulk", event: null, events: [[12, 1, "f"]] });
  assert.deepEqual(
    [11, 12, 13].map((event) => drafts.read(event)),
    ["", "", "far"],
  );
});

test("a storage without room loses the draft and nothing else", () => {
  const drafts = new Drafts(memoryStorage({}, { room: 0 }), 7);
  drafts.write(11, "far");
  assert.equal(drafts.read(11), "");
});
