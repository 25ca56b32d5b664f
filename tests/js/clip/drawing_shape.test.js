import assert from "node:assert/strict";
import { test } from "node:test";
import {
  continued,
  drawnTo,
  endMovedBy,
  hasRoom,
  isDrawn,
  movedBy,
  newShape,
  pathOf,
  pointOf,
} from "../../../static/js/clip/drawing_shape.js";

test("a line gets longer with the pointer, the end of an arrow moves", () => {
  const start = [0.1, 0.1];
  const line = drawnTo({ kind: "line", points: [start] }, [0.2, 0.1]);
  assert.deepEqual(drawnTo(line, [0.3, 0.3]).points, [start, [0.2, 0.1], [0.3, 0.3]]);
  assert.equal(drawnTo(line, [0.201, 0.1]), line);
  const arrow = drawnTo({ kind: "arrow", points: [start] }, [0.2, 0.1]);
  assert.deepEqual(drawnTo(arrow, [0.3, 0.3]).points, [start, [0.3, 0.3]]);
});

test("a drawing stays as short as the server takes it", () => {
  let shapes = [];
  const point = (number) => [(number % 100) / 100 + 0.0001, 0.1234];
  for (let number = 0; number < 9000; number += 1) {
    if (number % 250) shapes = continued(shapes, point(number));
    else if (hasRoom(shapes)) shapes = [...shapes, { kind: "line", points: [point(number)] }];
  }
  assert.equal(hasRoom(shapes), false);
  assert.equal(
    shapes.reduce((sum, { points }) => sum + points.length, 0),
    1000,
  );
  assert.ok(JSON.stringify({ at: 10000000, aspect: 1.7777777777777777, shapes }).length < 20000);
});

test("keys move a shape inside the picture, or its end; a line goes on", () => {
  const box = newShape("box");
  assert.ok(isDrawn(box));
  assert.deepEqual(movedBy(box, [0.1, 0]).points, [
    [0.5, 0.4],
    [0.7, 0.6],
  ]);
  assert.deepEqual(movedBy(box, [0.5, 0]).points, box.points);
  assert.deepEqual(endMovedBy([box], [0.1, -0.1])[0].points, [
    [0.4, 0.4],
    [0.7, 0.5],
  ]);
  assert.equal(endMovedBy([newShape("line")], [0.1, 0])[0].points.length, 3);
});

test("a tap draws nothing, and points stay in the picture", () => {
  assert.equal(isDrawn({ kind: "box", points: [[0.5, 0.5]] }), false);
  assert.equal(isDrawn(drawnTo({ kind: "box", points: [[0.5, 0.5]] }, [0.5, 0.502])), false);
  assert.deepEqual(pointOf({ x: -0.2, y: 0.123456 }), [0, 0.1235]);
});

test("a box is a closed path, an arrow has a head", () => {
  const points = [
    [0.1, 0.1],
    [0.5, 0.2],
  ];
  assert.equal(pathOf({ kind: "box", points }, 2000), "M200.0 100.0 1000.0 100.0 1000.0 200.0 200.0 200.0Z");
  assert.equal(pathOf({ kind: "arrow", points }, 2000).match(/M/g).length, 2);
  assert.equal(pathOf({ kind: "line", points: points.slice(0, 1) }, 2000), "M200.0 100.0");
});
