// A signed address is requested once, and so is the reason why there is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signedUrl } from "../../../static/js/clip/signed_urls.js";

globalThis.document ??= { cookie: "" };

// Plays the item three times; returns the number of requests and the last outcome.
async function played(item, status, answer) {
  let requests = 0;
  globalThis.fetch = async () => {
    requests++;
    return { ok: status < 300, status, headers: new Headers(), json: async () => answer ?? JSON.parse("<html>") };
  };
  let outcome = "";
  for (let play = 0; play < 3; play++) outcome = await signedUrl(item, "/clip/").catch((error) => error.message);
  return [requests, outcome];
}

test("an address is kept", async () => {
  assert.deepEqual(await played(1, 200, { url: "https://clips/1", expires_at: null }), [1, "https://clips/1"]);
});

test("that there is no clip is requested once", async () => {
  assert.deepEqual(await played(2, 404, { error: "The vendor provides no video." }), [
    1,
    "The vendor provides no video.",
  ]);
  assert.deepEqual(await played(3, 502, { error: "Refused." }), [1, "Refused."]);
});

test("what may pass is requested again", async () => {
  assert.equal((await played(4, 503, { error: "The vendor cannot be reached." }))[0], 3);
  assert.equal((await played(5, 502))[0], 3);
  assert.equal((await played(6, 401, { error: "Sign in." }))[0], 3);
});
