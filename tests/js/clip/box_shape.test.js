import assert from "node:assert/strict";
import { test } from "node:test";
import { boxAt, gripAt, moved } from "../../../static/js/clip/box_shape.js";

const BOX = [0.2, 0.2, 0.4, 0.2];
const REACH = [0.02, 0.02];

test("an edge or corner near the pointer is taken, inside the whole box, beside it nothing", () => {
  const at = (x, y) => gripAt(BOX, { x, y }, REACH);
  assert.deepEqual(at(0.21, 0.19), { x: -1, y: -1 });
  assert.deepEqual(at(0.6, 0.3), { x: 1, y: 0 });
  assert.deepEqual(at(0.4, 0.41), { x: 0, y: 1 });
  assert.deepEqual(at(0.4, 0.3), { x: 0, y: 0 });
  assert.equal(at(0.4, 0.5), null);
  assert.equal(at(0.1, 0.3), null);
});

test("a box stays in the picture and keeps a size", () => {
  assert.deepEqual(moved(BOX, { x: 0, y: 0 }, 0.9, -0.9), [0.6, 0, 0.4, 0.2]);
  assert.deepEqual(moved(BOX, { x: 1, y: 1 }, 0.9, -0.9), [0.2, 0.2, 0.8, 0.01]);
  assert.deepEqual(moved(BOX, { x: -1, y: -1 }, 0.1, -0.9), [0.3, 0, 0.3, 0.4]);
  assert.deepEqual(moved(BOX, { x: -1, y: 0 }, 0.9, 0.9), [0.59, 0.2, 0.01, 0.2]);
});

test("between two times the box is what lies between", () => {
  const track = [
    [1, 0, 0, 0.2, 0.2],
    [3, 0.5, 0.5, 0.4, 0.2],
    [4, 0.5, 0.5, 0.4, 0.2],
  ];
  assert.deepEqual(boxAt(track, 0), [0, 0, 0.2, 0.2]);
  assert.deepEqual(
    boxAt(track, 2).map((side) => side.toFixed(3)),
    ["0.250", "0.250", "0.300", "0.200"],
  );
  assert.deepEqual(boxAt(track, 9), [0.5, 0.5, 0.4, 0.2]);
});
