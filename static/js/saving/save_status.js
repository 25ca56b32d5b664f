// What the header says about saving, and the verdicts the server refused, with both sides. Never "saved" before it is.

import { element, icon } from "../shared/dom.js";
import * as conflict from "./conflict.js";
import * as outbox from "./outbox.js";

const header = document.getElementById("saved");
const panel = document.getElementById("conflicts");
let everSaved = false;

function say(kind, sign, ...words) {
  header.hidden = false;
  header.dataset.kind = kind;
  header.replaceChildren(icon(sign), ...words);
}

function loginLink(count) {
  const other = outbox.somebodyElse();
  const link = element(
    "a",
    "",
    other ? `${count} waiting for you, signed in is ${other}` : `Sign in again, ${count} waiting`,
  );
  link.href = `${document.body.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  return link;
}

function tellHeader() {
  const waiting = outbox.waiting().length;
  const refused = outbox.refused();
  if (refused.length)
    say(
      "refused",
      "alert",
      element("span", "", `${refused.length} refused`, element("span", "wide-only", `: ${refused[0].refused.error}`)),
    );
  else if (waiting && outbox.isSignedOut()) say("waiting", "user", loginLink(waiting));
  else if (waiting) say("waiting", "clock", `${waiting} waiting`);
  else if (everSaved) say("saved", "check", "saved");
  else header.hidden = true;
}

// On the card that is on screen where it is about that one, else in the list.
function tellConflicts() {
  const card = document.querySelector("#card:not([hidden])");
  const slot = card?.querySelector("[data-conflict-slot]");
  for (const other of document.querySelectorAll("[data-conflict-slot]")) other.replaceChildren();
  const here = (entry) => slot && entry.event === Number(card.dataset.event);
  const all = outbox.refused();
  const listed = all.filter((entry) => !here(entry));
  panel.hidden = !listed.length;
  panel.replaceChildren(...listed.map((entry) => conflict.box(entry)));
  slot?.replaceChildren(...all.filter(here).map((entry) => conflict.box(entry, card)));
}

function tell() {
  tellHeader();
  tellConflicts();
}

// Counters and bars on the page follow what the server counted.
export function recount(counts) {
  for (const place of document.querySelectorAll("[data-count]"))
    place.textContent = counts[place.dataset.count].toLocaleString("en-US");
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  for (const bar of document.querySelectorAll("[data-progress] .progress")) {
    let x = 0;
    for (const name of ["approved", "rejected", "invalid", "pending"]) {
      const width = total ? (100 * counts[name]) / total : 0;
      let part = bar.querySelector(`.fill-${name}`);
      if (!part) {
        part = bar.querySelector(".rail").cloneNode();
        part.setAttribute("class", `fill-${name}`);
        bar.append(part);
      }
      part.setAttribute("x", `${x}%`);
      part.setAttribute("width", `${width}%`);
      x += width;
    }
  }
}

export function start() {
  if (!header) return;
  document.addEventListener("outbox:changed", tell);
  document.addEventListener("card:shown", tellConflicts);
  document.addEventListener("verdict:saved", ({ detail }) => {
    everSaved = true;
    tellHeader(); // another tab may have sent it: this one has heard of the empty outbox before
    const here = document.querySelector("[data-batch]")?.dataset.batch;
    if (Number(here) === detail.entry.batch) recount(detail.answer.counts);
  });
  document.addEventListener("verdict:refused", ({ detail }) => {
    const { event } = detail.answer;
    if (!event) return;
    conflict.name(event.id, event.label);
    document.dispatchEvent(new CustomEvent("verdict:settled", { detail: { event } })); // what was not saved is not shown
  });
  tell();
  outbox.send();
}
