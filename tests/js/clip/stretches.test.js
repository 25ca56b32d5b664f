import assert from "node:assert/strict";
import { test } from "node:test";
import { Stretches } from "../../../static/js/clip/stretches.js";

class Storage extends Map {
  getItem = (key) => this.get(key) ?? null;
  setItem = (key, value) => this.set(key, value);
  removeItem = (key) => this.delete(key);
}

test("parts that touch become one, others stay apart", () => {
  const stretches = new Stretches(new Storage(), "k");
  for (const [from, to] of [
    [0, 4],
    [8, 10],
    [4.3, 6],
    [9, 12],
  ])
    stretches.add(from, to);
  assert.deepEqual(stretches.parts, [
    [0, 6],
    [8, 12],
  ]);
  assert.equal(stretches.resumeAt, 6);
  assert.equal(stretches.share(20), 0.5);
});

test("parts of another browser count, and only what the server does not have is sent", () => {
  const stretches = new Stretches(new Storage(), "k", [[0, 4]]);
  assert.equal(stretches.unsent, "");
  assert.equal(stretches.resumeAt, 4);
  stretches.add(4.2, 6.5);
  assert.equal(stretches.unsent, "0.00-6.50");
  stretches.forget();
  assert.equal(stretches.unsent, "");
});

test("a video is watched whole without a jump only", () => {
  const stretches = new Stretches(new Storage(), "k");
  stretches.add(10, 20);
  assert.equal(stretches.isWhole(20), false);
  assert.equal(stretches.resumeAt, 0);
  stretches.add(0, 10);
  assert.equal(stretches.isWhole(20), true);
  assert.equal(stretches.isWhole(NaN), false);
});

test("a video that was left half-way goes on until it is forgotten", () => {
  const storage = new Storage();
  new Stretches(storage, "k").add(0, 7);
  const later = new Stretches(storage, "k");
  assert.equal(later.resumeAt, 7);
  later.forget();
  assert.equal(new Stretches(storage, "k").resumeAt, 0);
});
