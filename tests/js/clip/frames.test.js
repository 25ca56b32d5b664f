import assert from "node:assert/strict";
import { test } from "node:test";
import { Frames } from "../../../static/js/clip/frames.js";

// A paused video that has its pictures at these seconds and tells which one a seek has put on screen.
class Video extends EventTarget {
  constructor(starts) {
    super();
    Object.assign(this, { starts, paused: true, seeking: false, time: 0, callbacks: [] });
  }

  get picture() {
    return this.starts.findLast((start) => start <= this.time + 1e-9) ?? this.starts[0];
  }

  requestVideoFrameCallback(callback) {
    this.callbacks.push(callback);
  }

  present() {
    this.seeking = false;
    for (const callback of this.callbacks.splice(0)) callback(0, { mediaTime: this.picture });
  }

  get currentTime() {
    return this.time;
  }

  set currentTime(time) {
    this.time = time;
    this.seeking = true;
    this.dispatchEvent(new Event("seeking"));
    setImmediate(() => this.present());
  }
}

const RANGE = { from: 0, to: 20 };

async function framesAt(starts, second) {
  const video = new Video(starts);
  const frames = new Frames(video);
  await frames.show(second);
  return { video, frames };
}

async function pressed(frames, directions) {
  const shown = [frames.shown];
  for (const direction of directions) {
    await frames.step(direction, RANGE);
    shown.push(frames.shown);
  }
  return shown;
}

for (const rate of [0.5, 1, 5, 10, 23.976, 25, 30, 50, 60, 120]) {
  test(`each press shows the neighbour at ${rate} frames a second`, async () => {
    const starts = Array.from({ length: 2500 }, (_, index) => index / rate);
    const { frames } = await framesAt(starts, 6.01);
    const first = starts.indexOf(frames.shown);
    const shown = await pressed(frames, [1, 1, 1, -1, -1, -1, -1]);
    const expected = [0, 1, 2, 3, 2, 1, 0, -1].map((steps) => starts[first + steps]);
    assert.deepEqual(shown, expected);
  });
}

test("each press shows another picture where frames have different lengths", async () => {
  const starts = [0, 0.033, 0.066, 0.5, 0.517, 0.55, 1.9, 1.94, 1.97, 5.2, 5.3];
  const { frames } = await framesAt(starts, 0);
  const shown = await pressed(frames, [1, 1, 1, 1]);
  assert.equal(new Set(shown).size, shown.length);
  assert.deepEqual(
    shown,
    [...shown].sort((a, b) => a - b),
  );
  const back = await pressed(frames, [-1, -1, -1]);
  const last = starts.indexOf(back[0]);
  assert.deepEqual(
    back,
    [0, -1, -2, -3].map((steps) => starts[last + steps]),
  );
});

test("presses in a burst are taken one after the other", async () => {
  const starts = Array.from({ length: 200 }, (_, index) => index / 10);
  const { frames } = await framesAt(starts, 3);
  await Promise.all([1, 1, 1].map((direction) => frames.step(direction, RANGE)));
  assert.equal(frames.shown, 3.3);
});

test("a press right after a jump steps from where the jump goes", async () => {
  const starts = Array.from({ length: 200 }, (_, index) => index / 10);
  const { frames, video } = await framesAt(starts, 1);
  await pressed(frames, [1]);
  video.currentTime = 3.02;
  await frames.step(1, RANGE);
  assert.equal(frames.shown, 3.1);
  video.currentTime = 5.02;
  video.seeking = false; // the jump has ended, and its picture is not on screen yet
  await frames.step(-1, RANGE);
  assert.equal(frames.shown, 4.9);
});

test("a step stays within the loop, and does nothing once the clip plays", async () => {
  const starts = Array.from({ length: 200 }, (_, index) => index / 10);
  const { frames, video } = await framesAt(starts, 3);
  await frames.step(1, { from: 1, to: 3 });
  assert.equal(frames.shown, 3);
  video.paused = false;
  await frames.step(1, RANGE);
  assert.equal(frames.shown, 3);
});
