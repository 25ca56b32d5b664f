// Grid and table: verdict keys decide the focused tile or all that are selected. A tile is a row in the table.
import { BulkRun } from "../grid/bulk_run.js";
import { ListAgreement } from "../grid/list_agreement.js";
import { OthersVerdicts } from "../grid/others_verdicts.js";
import { drawPiles, eventsTogether, startPiles, togglePile } from "../grid/piles.js";
import { startPreviews } from "../grid/preview.js";
import { SelectionBar } from "../grid/selection_bar.js";
import * as tiles from "../grid/tiles.js";
import { registerConflictKeys } from "../saving/conflict.js";
import { outbox } from "../saving/page_outbox.js";
import { showCounts } from "../saving/progress.js";
import { refreshCounts } from "../saving/refresh_counts.js";
import { UndoStack } from "../saving/undo_stack.js";
import { toast } from "../shared/dom.js";
import { on, VERDICT_REFUSED, VERDICT_SAVED } from "../shared/events.js";
import { register } from "../shared/keys.js";
import { Presence } from "../shared/presence.js";
import { gettext, IS_RIGHT_TO_LEFT } from "../shared/texts.js";

const RIGHT = { key: "ArrowRight", sign: "→" };
const LEFT = { key: "ArrowLeft", sign: "←" };
const [ONWARD, BACK] = IS_RIGHT_TO_LEFT ? [LEFT, RIGHT] : [RIGHT, LEFT];
const container = () => document.querySelector("[data-tiles]");
const canDecide = () => Boolean(container()?.dataset.decide);
const eventOnFocus = () => Number(tiles.focusedTile()?.dataset.event) || null;

let undoStack = null; // made with the first verdict: the page may have no batch before
function undoStackOfPage() {
  undoStack ??= new UndoStack(Number(container().dataset.batch), outbox);
  return undoStack;
}

// Loads the tiles again, under the same filter.
function reloadResults() {
  htmx.trigger(document.getElementById("filter"), "submit");
}

function showApprovals(shown, approval, unsaved) {
  for (const tile of shown) tiles.showApproval(tile, approval, unsaved);
  drawPiles();
}

function decideFocused(approval) {
  const tile = tiles.focusedTile();
  if (!tile || !canDecide()) return false;
  const before = tile.dataset.approval;
  const { batch } = undoStackOfPage();
  const decided = eventsTogether(tile);
  const seen = decided.map(tiles.seenVersion);
  const [event, version, fingerprint] = seen[0];
  const entry =
    decided.length > 1
      ? outbox.decideMany({ batch, event, events: seen, approval })
      : outbox.decide({ event, batch, version, fingerprint, approval });
  undoStackOfPage().push(entry, before);
  showApprovals(decided, approval, true);
  tiles.focusTile(tiles.visibleTiles()[tiles.visibleTiles().indexOf(tile) + 1]);
}

function decideSelected(approval, values) {
  const result = selectionBar.decide(undoStackOfPage().batch, approval, values);
  if (!result) return;
  undoStackOfPage().push(result.entry);
  if (approval) showApprovals(result.tiles, approval, true);
}

const decide = (approval) => () => (selectionBar?.size ? decideSelected(approval) : decideFocused(approval));

// kind: "undo" or "redo"; approval: the property of the verdict that is true again
const reverse = (kind, approval) => () => {
  if (!canDecide()) return false;
  const verdict = undoStackOfPage()[kind]();
  if (!verdict) return;
  showApprovals(verdict.events.map(tiles.tileOf).filter(Boolean), verdict[approval], !verdict.saved);
  tiles.focusTile(tiles.tileOf(verdict.event));
};

function showBulkResult({ entry, answer }) {
  const { run, skipped = [] } = answer;
  if (!entry.event) listAgreement.noteBulk();
  if (run?.unfinished) return bulkRun?.show(run);
  if (entry.kind === "bulk" && !entry.body.approval) reloadResults(); // tiles show the corrected values
  const decided = answer.steps.length;
  bulkRun?.show({
    ...run,
    batch: entry.batch,
    kind: entry.kind === "bulk" ? (entry.body.approval ? "decide" : "correct") : entry.kind,
    approval: entry.body.approval,
    key: entry.key,
    decided,
    skipped_events: skipped,
    skipped: skipped.length,
    position: decided + skipped.length,
    unfinished: false,
  });
}

// Whether what was undone or redone left all approvals as they are shown: it was a correction.
function isReversedCorrection(entry, answer) {
  const isShown = ({ id, approval }) => (tiles.tileOf(id)?.dataset.approval ?? approval) === approval;
  return ["undo", "redo"].includes(entry.kind) && !entry.event && answer.events.every(isShown);
}

function onSaved({ entry, answer }) {
  othersVerdicts.note(answer.counts);
  if (isReversedCorrection(entry, answer)) reloadResults(); // tiles show the values that are true again
  for (const state of [...answer.events, ...(answer.skipped ?? [])]) tiles.updateTile(state);
  drawPiles();
  if (entry.kind === "bulk" || answer.run) return showBulkResult({ entry, answer });
  const isReversed = ["undo", "redo"].includes(entry.kind);
  if (isReversed && !tiles.tileOf(answer.event?.id)) toast(gettext("Done, for an event that is not on this page."));
}

function onRefused({ entry, answer }) {
  if (answer.event) tiles.updateTile(answer.event);
  drawPiles();
  if (entry.kind === "bulk") reloadResults();
}

// After a filter, links to the deck and to other pages of the batch take over its query.
function updateLinks() {
  const review = document.getElementById("review-link");
  const { review: url, query } = document.getElementById("results").dataset;
  if (review) review.href = url;
  for (const link of document.querySelectorAll("[data-with-query]")) link.search = query;
}

// A column's head sets the order field of the filter, so that the filter and the address follow.
function sortByHead(event) {
  const head = event.target.closest("[data-sort]");
  const order = document.querySelector("select[name=sort][form=filter]");
  if (!head || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  order.value = head.dataset.sort;
  order.dispatchEvent(new Event("change", { bubbles: true }));
}

function registerGridKeys() {
  const isTable = Boolean(document.querySelector("[data-look=table][aria-current]"));
  const nextPage = isTable ? "[data-look=grid]" : "#review-link";
  const openNextPage = () => document.querySelector(nextPage)?.click();
  const toggleFocusedPile = () => togglePile(tiles.focusedTile());
  const move = (steps, rows) => () => tiles.moveFocus(steps, rows);
  register("Decide", [
    {
      name: "approve",
      keys: ["a"],
      title: gettext("Approve the focused event or the selection"),
      run: decide("approved"),
    },
    { name: "reject", keys: ["r"], title: gettext("Reject"), run: decide("rejected") },
    { name: "invalid", keys: ["i"], title: gettext("Mark as invalid"), run: decide("invalid") },
    { name: "undo", keys: ["z"], title: gettext("Undo my last verdict"), run: reverse("undo", "before") },
    { name: "redo", keys: ["shift+z"], title: gettext("Redo"), run: reverse("redo", "approval") },
  ]);
  register("Move", [
    { name: "next", keys: ["j", ONWARD.key], show: `J ${ONWARD.sign}`, title: gettext("Next event"), run: move(1) },
    {
      name: "previous",
      keys: ["k", BACK.key],
      show: `K ${BACK.sign}`,
      title: gettext("Previous event"),
      run: move(-1),
    },
    { name: "down", keys: ["ArrowDown"], title: gettext("Next row"), run: move(0, 1) },
    { name: "up", keys: ["ArrowUp"], title: gettext("Previous row"), run: move(0, -1) },
    { keys: ["Enter"], title: gettext("Open the event in the deck") },
  ]);
  register("View", [
    {
      name: "fan",
      keys: ["p"],
      title: gettext("Open or close a pile of near-identical events"),
      run: toggleFocusedPile,
    },
    {
      name: "deck",
      keys: ["g"],
      title: isTable ? gettext("Switch to grid") : gettext("Switch to deck"),
      run: openNextPage,
    },
    {
      name: "search",
      keys: ["/"],
      title: gettext("Search label and AI text"),
      run: () => document.getElementById("q").focus(),
    },
  ]);
  registerConflictKeys(eventOnFocus);
}

startPreviews(document.getElementById("main"));
startPiles();
if (location.hash === "#q") document.getElementById("q").focus(); // from the deck's key for the search
const bar = document.getElementById("bulk");
const selectionBar = bar && new SelectionBar(bar, decideSelected);
const panel = document.getElementById("bulk-run");
const bulkRun = panel && new BulkRun(panel, { onCounts: showCounts, onEnd: reloadResults });
const listAgreement = new ListAgreement({
  tiles: tiles.allTiles,
  isSaving: () => outbox.waiting().length > 0,
  reload: reloadResults,
});
const othersVerdicts = new OthersVerdicts((counts) => {
  showCounts(counts);
  refreshCounts();
});
on(VERDICT_SAVED, onSaved);
on(VERDICT_REFUSED, onRefused);
document.addEventListener("htmx:afterSwap", updateLinks);
document.addEventListener("click", sortByHead);
new Presence(document.querySelector("[data-presence]").dataset.presence, {
  event: eventOnFocus,
  fields: () => ({ counts: "on" }),
  onAnswer: ({ counts }) => othersVerdicts.follow(counts),
}).report();
registerGridKeys();
