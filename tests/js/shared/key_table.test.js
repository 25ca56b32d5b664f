import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyTable, keyLabel, keyOf } from "../../../static/js/shared/key_table.js";

const approve = { name: "approve", keys: ["a"], title: "Approve", run: () => "approve" };
const undo = { name: "undo", keys: ["z"], title: "Undo", run: () => "undo" };
const redo = { name: "redo", keys: ["shift+z"], title: "Redo", run: () => "redo" };
const next = { name: "next", keys: ["j", "ArrowRight"], show: "J →", title: "Next", run: () => "next" };
const reason = { keys: [..."123"], show: "1 … 3", title: "Reason", run: () => "reason" };
const explained = { keys: ["Enter"], title: "Open" };

function tableWith(preferences, ...rows) {
  const table = new KeyTable(preferences);
  table.add(rows.length ? rows : [approve, undo, redo, next, reason, explained]);
  return table;
}

const pressed = (table, event) => table.find(event)?.run() ?? null;

test("keys are written as people read them", () => {
  assert.deepEqual(["a", "shift+z", " ", "shift+ArrowLeft", "Enter", "?"].map(keyLabel), [
    "A",
    "Shift+Z",
    "Space",
    "Shift+←",
    "Enter",
    "?",
  ]);
});

test("what is written on a key counts, not its position", () => {
  assert.equal(keyOf({ key: "Q", code: "KeyA", shiftKey: false }), "q");
});

test("letters of other scripts count by their position", () => {
  assert.equal(keyOf({ key: "к", code: "KeyR" }), "r");
  assert.equal(keyOf({ key: "К", code: "KeyR", shiftKey: true }), "shift+r");
});

test("Shift belongs to a letter or an arrow, not to a sign", () => {
  assert.equal(keyOf({ key: "Z", code: "KeyZ", shiftKey: true }), "shift+z");
  assert.equal(keyOf({ key: "ArrowLeft", code: "ArrowLeft", shiftKey: true }), "shift+ArrowLeft");
  assert.equal(keyOf({ key: "?", code: "Slash", shiftKey: true }), "?");
});

test("a key runs its row, with Shift another one", () => {
  const table = tableWith();
  assert.equal(pressed(table, { key: "z", code: "KeyZ" }), "undo");
  assert.equal(pressed(table, { key: "Z", code: "KeyZ", shiftKey: true }), "redo");
  assert.equal(pressed(table, { key: "A", code: "KeyA", shiftKey: true }), null);
});

test("digits of a French keyboard count by their position", () => {
  const table = tableWith();
  assert.equal(pressed(table, { key: "é", code: "Digit2" }), "reason");
  assert.equal(pressed(table, { key: "2", code: "Digit2", shiftKey: true }), "reason");
});

test("a row that is only explained takes no key", () => {
  assert.equal(pressed(tableWith(), { key: "Enter", code: "Enter" }), null);
});

test("a chosen key replaces the default one and goes first", () => {
  const table = tableWith({ keys: { approve: "j" } });
  assert.equal(pressed(table, { key: "j", code: "KeyJ" }), "approve");
  assert.equal(pressed(table, { key: "a", code: "KeyA" }), null);
  assert.equal(pressed(table, { key: "ArrowRight", code: "ArrowRight" }), "next");
});

test("labels follow the chosen keys", () => {
  const table = tableWith({ keys: { redo: "shift+y" } });
  assert.deepEqual(
    [approve, redo, next, explained].map((row) => table.label(row)),
    ["A", "Shift+Y", "J →", "Enter"],
  );
});

test("a key that another row uses is found", () => {
  const table = tableWith();
  assert.equal(table.takenBy("z", approve), undo);
  assert.equal(table.takenBy("a", approve), undefined);
  assert.equal(table.takenBy("ArrowRight", approve), next);
});

test("single keys are on unless they were switched off", () => {
  assert.equal(new KeyTable().single, true);
  assert.equal(new KeyTable({ single: false }).single, false);
});
