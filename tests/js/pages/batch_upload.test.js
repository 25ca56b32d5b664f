import assert from "node:assert/strict";
import { test } from "node:test";

const notice = { hidden: true, words: { textContent: "" }, querySelector: () => notice.words };
const button = { textContent: "" };
const file = {
  files: [],
  setCustomValidity: (message) => {
    file.refusal = message;
  },
  addEventListener: (_name, run) => {
    file.changed = run;
  },
};
const form = {
  elements: { file },
  dataset: { mostFiles: "2", mostBytes: "1000" },
  querySelector: (selector) => (selector === "[data-refused]" ? notice : button),
};
globalThis.document = { documentElement: { lang: "en" }, getElementById: () => form };
await import("../../../static/js/pages/batch_upload.js");

const choose = (...sizes) => {
  file.files = sizes.map((size) => ({ size }));
  file.changed();
};

test("the button names how many files are chosen", () => {
  assert.equal(button.textContent, "Analyse files");
  choose(400);
  assert.equal(button.textContent, "Analyse 1 file");
  choose(400, 600);
  assert.deepEqual([button.textContent, file.refusal, notice.hidden], ["Analyse 2 files", "", true]);
});

test("what is above a limit is said before it is sent", () => {
  choose(1, 1, 1);
  assert.equal(notice.words.textContent, "A batch has at most 2 files, not 3.");
  choose(400, 601);
  assert.deepEqual([file.refusal, notice.hidden], ["A batch has at most 1,000 bytes, not 1,001.", false]);
});
