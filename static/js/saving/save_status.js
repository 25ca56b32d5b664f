// The header's status of saving, and the refused verdicts with both sides. It never reads "saved" before everything is.
import { element, icon, toast } from "../shared/dom.js";
import { CARD_SHOWN, OUTBOX_CHANGED, on, VERDICT_REFUSED, VERDICT_SAVED } from "../shared/events.js";
import { gettext, ngettext } from "../shared/texts.js";
import { conflictBox, rememberLabel } from "./conflict.js";
import { delivery, outbox } from "./page_outbox.js";
import { showCounts } from "./progress.js";

const header = document.getElementById("saved");
const panel = document.getElementById("conflicts");
let hasSaved = false; // whether anything was saved on this page

function setStatus(kind, iconName, ...content) {
  header.hidden = false;
  header.dataset.kind = kind;
  header.replaceChildren(icon(iconName), ...content);
}

function loginLink(count) {
  const other = delivery.signedInAs;
  const text = other
    ? ngettext("{count} waiting for you; {name} is signed in", "{count} waiting for you; {name} is signed in", count, {
        name: other,
      })
    : ngettext("Sign in again: {count} waiting", "Sign in again: {count} waiting", count);
  const link = element("a", "", text);
  link.href = `${document.body.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  return link;
}

function drawStatus() {
  const waiting = outbox.waiting().length;
  const refused = outbox.refused();
  if (refused.length) {
    const error = element("span", "wide-only", `: ${refused[0].refused.error}`);
    setStatus(
      "refused",
      "alert",
      element("span", "", ngettext("{count} refused", "{count} refused", refused.length), error),
    );
  } else if (waiting && delivery.signedOut) setStatus("waiting", "user", loginLink(waiting));
  else if (waiting) setStatus("waiting", "clock", ngettext("{count} waiting", "{count} waiting", waiting));
  else if (hasSaved) setStatus("saved", "check", gettext("saved"));
  else header.hidden = true;
}

// A refusal is drawn on its card where that is on screen, otherwise in the list.
function drawConflicts() {
  const card = document.querySelector("#card:not([hidden])");
  const slot = card?.querySelector("[data-conflict-slot]");
  for (const other of document.querySelectorAll("[data-conflict-slot]")) other.replaceChildren();
  const isOnCard = (entry) => Boolean(slot) && entry.event === Number(card.dataset.event);
  const refused = outbox.refused();
  const listed = refused.filter((entry) => !isOnCard(entry));
  panel.hidden = !listed.length;
  panel.replaceChildren(...listed.map((entry) => conflictBox(entry)));
  slot?.replaceChildren(...refused.filter(isOnCard).map((entry) => conflictBox(entry, card)));
}

function draw() {
  drawStatus();
  drawConflicts();
}

function onSaved({ entry, answer }) {
  hasSaved = true;
  drawStatus(); // another tab may have sent the entry: then this one knows already that the outbox is empty
  const batch = document.querySelector("[data-batch]")?.dataset.batch;
  if (Number(batch) === entry.batch) showCounts(answer.counts);
}

function onRefused({ entry, answer: { event } }) {
  if (event) rememberLabel(event.id, event.label);
  else if (!outbox.holds(entry)) toast(entry.refused.error);
}

export function startSaving() {
  if (!header) return;
  on(OUTBOX_CHANGED, draw);
  on(CARD_SHOWN, drawConflicts);
  on(VERDICT_SAVED, onSaved);
  on(VERDICT_REFUSED, onRefused);
  draw();
  delivery.send();
}
