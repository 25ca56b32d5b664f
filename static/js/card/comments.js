// Comments on the card: sent through the outbox like a verdict, shown dashed until the server has them. Names are
// completed after an `@`; Enter sends, Shift+Enter starts a new line, Esc leaves the field.
import { isOnlyMoment } from "../clip/moment_text.js";
import { outbox } from "../saving/page_outbox.js";
import { element } from "../shared/dom.js";
import { CARD_REFRESHED, OUTBOX_CHANGED, on } from "../shared/events.js";
import { gettext } from "../shared/texts.js";
import { MentionList } from "./mention_list.js";

function send(node, fields) {
  const { event, batch } = node.closest("[data-event]").dataset;
  outbox.comment({ event: Number(event), batch: Number(batch), ...fields });
}

function sendText(form) {
  const field = form.querySelector("[data-talk-field]");
  const text = field.value.trim();
  if (!text) return;
  send(form, { kind: "say", text, drawing: form.elements.drawing.value });
  form.reset(); // and with it the drawing
  field.blur();
}

// kind: "resolve", "reopen" or "withdraw"
function sendStep(form, kind) {
  send(form, { kind, target: form.elements.target?.value ?? "" });
  form.querySelector("button").disabled = true;
}

function unsentRow(entry) {
  const status = element("span", "", entry.refused ? gettext("not saved") : gettext("waiting to be saved"));
  const author = element("p", "meta", element("b", "", gettext("You")), status);
  const row = element("li", "talk-step", author, element("p", "talk-text", entry.body.text));
  row.dataset.unsent = entry.key;
  return row;
}

function draw(root) {
  const list = root.querySelector("[data-talk-steps]");
  if (!list) return;
  for (const row of list.querySelectorAll("[data-unsent]")) row.remove();
  const event = Number(root.dataset.event);
  const isSaved = (entry) => list.querySelector(`[data-key="${entry.key}"]`);
  const unsent = outbox
    .entries()
    .filter((entry) => entry.kind === "comment" && entry.event === event && entry.body.kind === "say");
  list.append(...unsent.filter((entry) => !isSaved(entry)).map(unsentRow));
}

const drawAll = () => document.querySelectorAll("article.card").forEach(draw);

function listenToForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-talk-form], [data-talk-step]")) return;
    event.preventDefault();
    if (form.matches("[data-talk-form]")) sendText(form);
    else sendStep(form, event.submitter?.value ?? form.querySelector("button").value);
  });
}

function listenToFields() {
  const mentions = new MentionList();
  const isField = (node) => node.matches?.("[data-talk-field]");
  const onKey = (event) => {
    if (!isField(event.target) || event.isComposing || mentions.press(event)) return;
    const { value, form } = event.target;
    // What the key has written is no draft.
    if (event.key === "Escape" && isOnlyMoment(value) && !form.elements.drawing.value) event.target.value = "";
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    sendText(form);
  };
  // Captured, before the keys of the page: Escape closes the list first, Enter takes a name from it.
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("input", ({ target }) => isField(target) && mentions.offer(target));
  document.addEventListener("focusout", ({ target }) => isField(target) && mentions.close());
}

export function startComments() {
  on(OUTBOX_CHANGED, drawAll);
  on(CARD_REFRESHED, ({ root }) => draw(root));
  listenToForms();
  listenToFields();
  const cards = document.querySelector("[data-cards]"); // of a deck, which adds more of them
  if (cards) new MutationObserver(drawAll).observe(cards, { childList: true });
  drawAll();
}
