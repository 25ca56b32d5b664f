import assert from "node:assert/strict";
import { test } from "node:test";
import { addBlockedUrl, isBlocked } from "../../../static/js/clip/blocked_urls.js";

test("an address that the policy refused is known as the browser names it", () => {
  addBlockedUrl({ effectiveDirective: "media-src", blockedURI: "https://clips.example/a.mp4?signature=1" });
  assert.equal(isBlocked("https://clips.example/a.mp4?signature=1#t=2"), true);
  assert.equal(isBlocked("https://clips.example/a.mp4?signature=2"), false);
  addBlockedUrl({ effectiveDirective: "media-src", blockedURI: "https://other.example" });
  assert.equal(isBlocked("https://other.example/b.mp4"), true);
});

test("what was refused as something else says nothing about clips", () => {
  addBlockedUrl({ effectiveDirective: "img-src", blockedURI: "https://pictures.example/a.mp4" });
  assert.equal(isBlocked("https://pictures.example/a.mp4"), false);
});
