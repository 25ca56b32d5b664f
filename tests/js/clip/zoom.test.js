import assert from "node:assert/strict";
import { test } from "node:test";
import { stillName, zoomed } from "../../../static/js/clip/zoom.js";

const SIZE = { x: 800, y: 400 };
const WHOLE = { zoom: 1, x: 0, y: 0 };

test("the point under the pointer stays where it is", () => {
  const at = { x: 600, y: 100 };
  const once = zoomed(WHOLE, 2, at, SIZE);
  assert.deepEqual(once, { zoom: 2, x: -600, y: -100 });
  assert.deepEqual(zoomed(once, 1, at, SIZE), once);
});

test("zooming out ends at the whole picture, zooming in at eight times", () => {
  assert.deepEqual(zoomed(zoomed(WHOLE, 2, { x: 800, y: 0 }, SIZE), 0.1, { x: 3, y: 9 }, SIZE), WHOLE);
  assert.equal(zoomed(WHOLE, 100, { x: 0, y: 0 }, SIZE).zoom, 8);
});

test("the picture never leaves its frame", () => {
  assert.deepEqual(zoomed({ zoom: 2, x: 50, y: -900 }, 1, { x: 0, y: 0 }, SIZE), { zoom: 2, x: 0, y: -400 });
});

test("a still is named after its video and its time", () => {
  assert.equal(stillName("cam 1.mp4", 72.39), "cam-1-01.12.3.png");
  assert.equal(stillName("drive", 9.96), "drive-00.09.9.png");
});
