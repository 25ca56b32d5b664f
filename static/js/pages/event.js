// The page of one event: the same card as in the deck, without a queue.
import { Card } from "../card/card.js";
import { cardKeys } from "../card/keys.js";
import { toast } from "../shared/dom.js";
import "../card/refresh.js";
import { Reasons } from "../card/reasons.js";
import { Presence } from "../shared/presence.js";
import "../card/comments.js";
import { Verdicts } from "../saving/undo_stack.js";

const root = document.getElementById("card");
const verdicts = new Verdicts(Number(root.dataset.batch));
const reasons = new Reasons(document.querySelector("[data-reasons]"), (reason) => verdicts.addReason(reason));
const card = new Card(root, {
  onVerdict: (one, approval, said) => verdict(one, approval, { byKey: false, ...said }),
  onUndo: undo,
  onRedo: redo,
});

function verdict(one, approval, { byKey = true, ...said } = {}) {
  const before = root.dataset.approval;
  verdicts.decided(one.decide(approval, said), before);
  reasons.open(approval, root.dataset.label, byKey);
}

function undo() {
  reasons.close();
  const last = verdicts.undo();
  if (last) card.show(last.before, !last.saved);
}

function redo() {
  reasons.close();
  const last = verdicts.redo();
  if (last) card.show(last.approval, !last.saved);
}

function repeat() {
  const { last } = verdicts;
  if (last) verdict(card, last.approval, { reason: last.reason, note: last.note });
  else toast("Nothing to repeat yet: decide first.");
}

document.addEventListener("verdict:saved", ({ detail: { entry, answer } }) => {
  if (entry.kind === "flag") return card.showFlag(answer.event.flagged);
  const now = answer.events.find((event) => event.id === card.id);
  if (now) card.update(now);
  else if (["undo", "redo"].includes(entry.kind))
    toast(`${entry.kind === "undo" ? "Undone" : "Done again"}: another event of this batch.`);
});
document.addEventListener("verdict:settled", ({ detail }) => detail.event.id === card.id && card.update(detail.event));

const presence = new Presence(`/batches/${root.dataset.batch}/presence/`, { event: () => card.id });
presence.say();
cardKeys(() => card, { verdict, undo, redo, repeat, reasons });
if (!matchMedia("(prefers-reduced-motion: reduce)").matches) card.player.play();
else card.player.load();
