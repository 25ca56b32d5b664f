import assert from "node:assert/strict";
import { test } from "node:test";
import { isStream } from "../../../static/js/clip/stream.js";

test("a playlist is a stream whatever stands behind it", () => {
  assert.equal(isStream("https://media.example/v/index.m3u8?signature=a.mp4#t=3"), true);
});

test("a file and what is no address are no streams", () => {
  assert.equal(isStream("https://media.example/clip.mp4?name=x.m3u8"), false);
  assert.equal(isStream("nothing"), false);
});
