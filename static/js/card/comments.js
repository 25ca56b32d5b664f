// Comments on the card: sent through the outbox like a verdict, shown dashed until the server has them. Names are
// completed after an `@`; Enter sends, Shift+Enter starts a line, Esc goes back to the single keys.

import * as outbox from "../saving/outbox.js";
import { element } from "../shared/dom.js";
import { Names } from "./mention_list.js";

const cardOf = (place) => place.closest("[data-event]");

function send(place, what) {
  const { event, batch } = cardOf(place).dataset;
  outbox.comment({ event: Number(event), batch: Number(batch), ...what });
}

function say(form) {
  const field = form.querySelector("[data-talk-field]");
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  send(form, { kind: "say", text });
  field.blur();
}

function step(form, kind) {
  const target = form.elements.target?.value ?? "";
  send(form, { kind, target });
  form.querySelector("button").disabled = true;
}

function unsent(entry) {
  const row = element(
    "li",
    "talk-step",
    element(
      "p",
      "meta",
      element("b", "", "You"),
      element("span", "", entry.refused ? "not saved" : "waits to be saved"),
    ),
  );
  row.dataset.unsent = entry.key;
  row.append(element("p", "talk-text", entry.body.text));
  return row;
}

function draw(root) {
  const list = root.querySelector("[data-talk-steps]");
  if (!list) return;
  for (const old of list.querySelectorAll("[data-unsent]")) old.remove();
  const mine = outbox
    .entries()
    .filter(
      (entry) => entry.kind === "comment" && entry.event === Number(root.dataset.event) && entry.body.kind === "say",
    );
  list.append(...mine.filter((entry) => !list.querySelector(`[data-key="${entry.key}"]`)).map(unsent));
}

const drawAll = () => document.querySelectorAll("article.card").forEach(draw);
document.addEventListener("outbox:changed", drawAll);
document.addEventListener("card:fresh", ({ detail }) => draw(detail.root));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-talk-form], [data-talk-step]")) return;
  event.preventDefault();
  if (form.matches("[data-talk-form]")) say(form);
  else step(form, event.submitter?.value ?? form.querySelector("button").value);
});

const names = new Names();
// Before the keys of the page: Escape closes the names first, Enter takes one of them.
document.addEventListener(
  "keydown",
  (event) => {
    if (!event.target.matches?.("[data-talk-field]") || event.isComposing) return;
    if (names.press(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      say(event.target.form);
    }
  },
  true,
);
document.addEventListener("input", (event) => event.target.matches("[data-talk-field]") && names.offer(event.target));
document.addEventListener("focusout", (event) => event.target.matches("[data-talk-field]") && names.close());

const cards = document.querySelector("[data-cards]"); // of a deck, where more of them come
if (cards) new MutationObserver(drawAll).observe(cards, { childList: true });
drawAll();
