import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTexts } from "../helpers.js";

test("without a catalog a text is the English one, with its values", async () => {
  const { gettext, ngettext } = await loadTexts("en");
  assert.equal(gettext("Moved to {place}", { place: "Fleet {x}" }), "Moved to Fleet {x}");
  assert.equal(ngettext("{count} event", "{count} events", 1), "1 event");
  assert.equal(ngettext("{count} event", "{count} events", 1200), "1,200 events");
});

test("each language has its own plural forms, and a text without a translation stays English", async () => {
  const catalog = { "{count} event": ["0", "1", "2", "few {count}", "many {count}", "other {count}"] };
  const { gettext, ngettext } = await loadTexts("ar", catalog);
  const forms = [0, 1, 2, 3, 11, 100, 1200].map((count) => ngettext("{count} event", "{count} events", count));
  assert.deepEqual(forms.slice(0, 6), ["0", "1", "2", "few 3", "many 11", "other 100"]);
  assert.equal(gettext("Not yet translated"), "Not yet translated");
});

test("a list has the comma of its language", async () => {
  assert.equal((await loadTexts("de")).commaList(["ana", "ben"]), "ana, ben");
  assert.equal((await loadTexts("ar")).commaList(["ana", "ben"]), "ana، ben");
});

test("a number is read as the server writes it in any language", async () => {
  const { parseCount } = await loadTexts("de");
  assert.deepEqual(["1,204", "1.204", "1\u00a0204", "7", "10,000+"].map(parseCount), [1204, 1204, 1204, 7, NaN]);
});
