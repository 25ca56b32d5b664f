// The page of one event: the same card as in the deck, without a queue.
import { Card } from "../card/card.js";
import { startComments } from "../card/comments.js";
import { registerCardKeys } from "../card/keys.js";
import { Missed } from "../card/missed.js";
import { saveNote } from "../card/note.js";
import { isAboutValues } from "../card/reason_values.js";
import { Reasons } from "../card/reasons.js";
import { startRefreshingCards } from "../card/refresh.js";
import { momentOf } from "../clip/moment_text.js";
import { outbox } from "../saving/page_outbox.js";
import { UndoStack } from "../saving/undo_stack.js";
import { prefersReducedMotion, toast } from "../shared/dom.js";
import { CARD_REFRESHED, on, VERDICT_REFUSED, VERDICT_SAVED } from "../shared/events.js";
import { register } from "../shared/keys.js";
import { Presence } from "../shared/presence.js";
import { gettext } from "../shared/texts.js";

const root = document.getElementById("card");
const undoStack = new UndoStack(Number(root.dataset.batch), outbox);
const reasons = new Reasons(document.querySelector("[data-reasons]"), addReason);
const card = new Card(root, {
  onVerdict: verdict,
  onNote: (shown) => saveNote(shown, undoStack),
  onCorrect: (_, entry, before) => undoStack.push(entry, before),
  onUndo: undo,
  onRedo: redo,
});

const missed = new Missed(
  document.querySelector("[data-missed]"),
  () => card,
  (shown, fields) => undoStack.push(shown.addMissed(fields), root.dataset.approval),
);

function verdict(shown, approval, options) {
  const before = root.dataset.approval;
  undoStack.push(shown.decide(approval, options), before);
  reasons.open(approval, root.dataset.label);
}

// A reason about a value offers the place for the right one.
function addReason(reason) {
  undoStack.addReason(reason);
  if (isAboutValues(reason)) card.correction.open();
}

function undo() {
  reasons.close();
  const reversed = undoStack.undo();
  if (reversed) card.show(reversed.before, !reversed.saved);
}

function redo() {
  reasons.close();
  const reversed = undoStack.redo();
  if (reversed) card.show(reversed.approval, !reversed.saved);
}

function repeat() {
  const { last } = undoStack;
  if (last) card.giveVerdict(last.approval, { reason: last.reason, note: last.note });
  else toast(gettext("Nothing to repeat yet: decide an event first."));
}

function onSaved({ entry, answer }) {
  if (entry.kind === "flag") return card.showFlag(answer.event.flagged);
  if (entry.kind === "missed") return toast(gettext("Missed event added."));
  const state = answer.events.find((event) => event.id === card.id);
  if (state) card.update(state);
  else if (entry.kind === "undo") toast(gettext("Undone, for another event of this batch."));
  else if (entry.kind === "redo") toast(gettext("Redone, for another event of this batch."));
}

startRefreshingCards();
startComments();
on(VERDICT_SAVED, onSaved);
on(CARD_REFRESHED, () => card.showStored());
on(VERDICT_REFUSED, ({ answer }) => answer.event?.id === card.id && card.update(answer.event));
registerCardKeys(() => card, { undo, redo, repeat, reasons, missed });
register("Decide", [
  {
    keys: ["Enter"],
    title: gettext("Approve with the changes of the open correction"),
    run: ({ target }) => !target.closest("a, button, summary, input") && card.correction.enter(),
  },
]);
new Presence(`/batches/${root.dataset.batch}/presence/`, { event: () => card.id }).report();
card.telemetry.show();
const moment = momentOf(location.search);
if (moment !== null) card.showMoment(moment);
else if (prefersReducedMotion()) card.player.load();
else card.player.play();
