// What the header says about saving, and the verdicts the server refused, with both sides. Never "saved" before it is.
import { element, icon, stateBadge } from "./dom.js";
import * as outbox from "./outbox.js";

const VERBS = { approved: "Approve", rejected: "Reject", invalid: "Invalid" };
const header = document.getElementById("saved");
const panel = document.getElementById("conflicts");
const labels = new Map(); // event → label, for this page view only; vendor text is never stored
let everSaved = false;

function say(kind, sign, ...words) {
  header.hidden = false;
  header.dataset.kind = kind;
  header.replaceChildren(icon(sign), ...words);
}

function loginLink(count) {
  const other = outbox.somebodyElse();
  const link = element("a", "", other ? `${count} waiting for you, signed in is ${other}` : `Sign in again, ${count} waiting`);
  link.href = `${document.body.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  return link;
}

function tellHeader() {
  const waiting = outbox.waiting().length;
  const refused = outbox.refused();
  if (refused.length) say("refused", "alert", `${refused.length} refused: ${refused[0].refused.error}`);
  else if (waiting && outbox.isSignedOut()) say("waiting", "user", loginLink(waiting));
  else if (waiting) say("waiting", "clock", `${waiting} waiting`);
  else if (everSaved) say("saved", "check", "saved");
  else header.hidden = true;
}

function side(title, approval, who) {
  return element("div", "conflict-side", element("span", "", title), approval ? stateBadge(approval) : "", element("span", "", who));
}

function button(words, run, primary = false) {
  const made = element("button", `button button-small${primary ? " button-primary" : ""}`, words);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

function conflict(entry) {
  const { error, event } = entry.refused;
  const mine = entry.body.approval;
  const look = element("a", "button button-small", "Look at it");
  look.href = entry.event ? `/events/${entry.event}/` : `/batches/${entry.batch}/`;
  const title = labels.get(entry.event) ?? (entry.event ? `Event ${entry.event}` : { redo: "Redo", undo: "Undo", bulk: "Verdict on many events" }[entry.kind]);
  const box = element("section", "conflict", element("h2", "", icon("alert"), element("span", "", title)), element("p", "", error));
  if (entry.body.text) box.append(element("p", "talk-text", entry.body.text));
  if (!event) {
    box.append(element("div", "conflict-do", look, button("Dismiss", () => outbox.dismiss(entry.id))));
    return box;
  }
  const when = event.decided_at ? new Date(event.decided_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "";
  const who = event.decided_by ? `${event.decided_by}, ${when}` : "nobody decided it; its content changed";
  box.append(element("div", "conflict-sides", side("Now", event.approval, who), side("Yours, not saved", mine, [entry.body.reason, entry.body.note].filter(Boolean).join(" · "))));
  const keep = button("Keep theirs", () => {
    outbox.dismiss(entry.id);
    document.dispatchEvent(new CustomEvent("verdict:settled", { detail: { event } }));
  });
  const insist = () => {
    outbox.dismiss(entry.id);
    const { version, fingerprint } = event;
    outbox.decide({ event: entry.event, batch: entry.batch, version, fingerprint, approval: mine, reason: entry.body.reason, note: entry.body.note });
  };
  box.append(element("div", "conflict-do", keep, ...(mine ? [button(`${VERBS[mine]} anyway`, insist)] : []), look));
  return box;
}

function tellConflicts() {
  const all = outbox.refused();
  panel.hidden = !all.length;
  panel.replaceChildren(...all.map(conflict));
}

function tell() {
  tellHeader();
  tellConflicts();
}

// Counters and bars on the page follow what the server counted.
export function recount(counts) {
  for (const place of document.querySelectorAll("[data-count]")) place.textContent = counts[place.dataset.count].toLocaleString("en-US");
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
  document.addEventListener("verdict:saved", ({ detail }) => {
    everSaved = true;
    tellHeader(); // another tab may have sent it: this one has heard of the empty outbox before
    const here = document.querySelector("[data-batch]")?.dataset.batch;
    if (Number(here) === detail.entry.batch) recount(detail.answer.counts);
  });
  document.addEventListener("verdict:refused", ({ detail }) => {
    const { event } = detail.answer;
    if (!event) return;
    labels.set(event.id, event.label);
    document.dispatchEvent(new CustomEvent("verdict:settled", { detail: { event } })); // what was not saved is not shown
  });
  tell();
  outbox.send();
}
