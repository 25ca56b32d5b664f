import assert from "node:assert/strict";
import { test } from "node:test";
import { SwipeLesson } from "../../../static/js/deck/swipe_lesson.js";
import { memoryStorage } from "../helpers.js";

function note() {
  const button = new EventTarget();
  return { hidden: true, button, querySelector: () => button };
}

test("swipes are taught once on a touch screen, until the note is closed", () => {
  const storage = memoryStorage();
  const first = note();
  new SwipeLesson(first, storage, true);
  assert.equal(first.hidden, false);
  const second = note();
  new SwipeLesson(second, storage, true);
  assert.equal(second.hidden, false);
  second.button.dispatchEvent(new Event("click"));
  assert.equal(second.hidden, true);
  const third = note();
  new SwipeLesson(third, storage, true);
  assert.equal(third.hidden, true);
});

test("a swipe closes the lesson for good", () => {
  const storage = memoryStorage();
  new SwipeLesson(note(), storage, true).close();
  const later = note();
  new SwipeLesson(later, storage, true);
  assert.equal(later.hidden, true);
});

test("swipes are not taught without a touch screen or without the right to decide", () => {
  const storage = memoryStorage();
  const shown = note();
  const lesson = new SwipeLesson(shown, storage, false);
  lesson.close();
  new SwipeLesson(null, storage, true).close();
  assert.equal(shown.hidden, true);
  assert.deepEqual(Object.keys(storage), []);
});
