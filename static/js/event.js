// The page of one event: the same card as in the deck, without a queue.
import { Card } from "./card.js";
import { cardKeys } from "./cardkeys.js";
import { toast } from "./dom.js";
import * as outbox from "./outbox.js";

const batch = Number(document.getElementById("card").dataset.batch);
const mine = [];

const card = new Card(document.getElementById("card"), {
  onVerdict: (one, approval) => mine.push(one.decide(approval)),
  onUndo: undo,
});

function undo() {
  const last = mine.pop();
  if (last) card.show(last.before, true);
  outbox.undo(last ? { batch, event: card.id, target: last.action ? null : last.entry.key, action: last.action } : { batch });
}

document.addEventListener("verdict:saved", ({ detail }) => {
  for (const one of mine) if (one.entry.key === detail.entry.key) one.action = detail.answer.action;
  const now = detail.answer.events.find((event) => event.id === card.id);
  if (now) card.update(now);
  else if (detail.entry.kind === "undo") toast("Undone: another event of this batch.");
});
document.addEventListener("verdict:settled", ({ detail }) => detail.event.id === card.id && card.update(detail.event));

cardKeys(() => card, { undo });
if (!matchMedia("(prefers-reduced-motion: reduce)").matches) card.player.play();
else card.player.load();
