import assert from "node:assert/strict";
import { test } from "node:test";
import { Selection } from "../../../static/js/grid/selection.js";

const PAGE = ["1", "2", "3", "4", "5"];

function selectionOf(...ids) {
  const selection = new Selection();
  for (const id of ids) selection.set([id], true, { id, page: PAGE });
  return selection;
}

test("events are selected and deselected one by one", () => {
  const selection = selectionOf("2", "4");
  assert.deepEqual([selection.size, selection.has("4"), selection.has("3")], [2, true, false]);
  selection.set(["4"], false, { id: "4", page: PAGE });
  assert.deepEqual([...selection.ids], ["2"]);
});

test("a range goes from the last change in either direction", () => {
  assert.deepEqual(selectionOf("2").range("4", PAGE), ["2", "3", "4"]);
  assert.deepEqual(selectionOf("4").range("2", PAGE), ["2", "3", "4"]);
});

test("a range without a start on the page is the one event", () => {
  assert.deepEqual(new Selection().range("3", PAGE), ["3"]);
  assert.deepEqual(selectionOf("1").range("9", ["8", "9"]), ["9"]);
});

test("all that match includes events that are not on the page", () => {
  const selection = selectionOf("1");
  selection.selectMatching(1204);
  assert.deepEqual([selection.size, selection.has("77")], [1204, true]);
});

test("deselecting one of all that match leaves the page without it", () => {
  const selection = selectionOf("1");
  selection.selectMatching(1204);
  selection.set(["3"], false, { id: "3", page: PAGE });
  assert.deepEqual([[...selection.ids].sort(), selection.matching], [["1", "2", "4", "5"], 0]);
});

test("clearing leaves nothing", () => {
  const selection = selectionOf("1");
  selection.selectMatching(9);
  selection.clear();
  assert.deepEqual([selection.size, selection.has("1")], [0, false]);
});
