// A verdict the server refused, with both sides: on its card when that is on screen, else in the list of the page. Both are
// drawn from the outbox, so that they agree, in every tab.
import { element, icon, stateBadge } from "../shared/dom.js";
import { label, register } from "../shared/keys.js";
import * as outbox from "./outbox.js";

const VERBS = { approved: "Approve", rejected: "Reject", invalid: "Invalid" };
const NAMES = { undo: "Undo", redo: "Redo", bulk: "Verdict on many events" };
const labels = new Map(); // event → label, for this page view only; vendor text is never stored
const before = new Map(); // event → its fields as they were on the card that was decided

export const name = (event, words) => labels.set(event, words);

const fields = (card) =>
  Object.fromEntries(
    [...card.querySelectorAll("[data-field]")].map((one) => [one.dataset.field, one.textContent.trim()]),
  );
export const remember = (card) => before.set(Number(card.dataset.event), fields(card));

export function ago(moment, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - new Date(moment)) / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 129600 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} days ago`;
}

// Whether the event is another one than the person saw: else to say the same again changes nothing.
const moved = ({ body, refused: { event } }) =>
  event.version !== Number(body.version) || event.fingerprint !== body.fingerprint;
const canInsist = (entry) => Boolean(entry.refused.event && entry.body.approval && moved(entry));

const acts = {
  theirs: (entry) => outbox.dismiss(entry.id),
  yours(entry) {
    const { version, fingerprint } = entry.refused.event;
    const { approval, reason, note } = entry.body;
    outbox.decide({ event: entry.event, batch: entry.batch, version, fingerprint, approval, reason, note });
  },
  flag(entry) {
    outbox.dismiss(entry.id);
    outbox.flag({ event: entry.event, batch: entry.batch, on: true });
  },
};

function act(entry, what) {
  acts[what](entry);
  document.dispatchEvent(new CustomEvent("conflict:settled", { detail: { event: entry.event } }));
}

// The conflict of this event. False: there is none, or it cannot be ended so.
export function settle(event, what) {
  const entry = outbox.refused().find((one) => one.event === event && one.refused.event);
  if (!entry || (what === "yours" && !canInsist(entry))) return false;
  act(entry, what);
  return true;
}

// current(): the event on screen, or null; confirm(): the other meaning of "yours", false where it has none
export function conflictKeys(current, confirm = () => false) {
  const first = () => outbox.refused().find((one) => one.refused.event)?.event;
  const run = (what) => settle(current(), what) || (what === "yours" && confirm()) || settle(first(), what);
  register([
    { name: "theirs", keys: ["t"], show: "T", words: "Somebody was faster: keep theirs", run: () => run("theirs") },
    {
      name: "yours",
      keys: ["y"],
      show: "Y",
      words: "Somebody was faster: keep yours; changed since decided: it still holds",
      run: () => run("yours"),
    },
  ]);
}

function button(words, run, command = "", primary = false) {
  const made = element("button", `button button-small${primary ? " button-primary" : ""}`, words);
  made.type = "button";
  made.addEventListener("click", run);
  if (command) {
    made.append(element("kbd", ""));
    made.lastChild.dataset.command = command;
  }
  return made;
}

function side(title, approval, words, when = "") {
  const made = element(
    "div",
    "conflict-side",
    element("span", "", title),
    stateBadge(approval),
    element("span", "", words),
  );
  made.title = when;
  return made;
}

function sides({ body, refused: { event } }) {
  const changed = event.fingerprint !== body.fingerprint;
  const who = event.decided_by
    ? `${event.decided_by}, ${ago(event.decided_at)}`
    : changed
      ? "the vendor changed the event"
      : "";
  const when = event.decided_at ? new Date(event.decided_at).toLocaleString() : "";
  const mine = [body.reason, body.note].filter(Boolean).join(" · ");
  return element(
    "div",
    "conflict-sides",
    side("Now", event.approval, who, when),
    ...(body.approval ? [side("Yours, not saved", body.approval, mine)] : []),
  );
}

// What the vendor changed while the card was open, field by field.
function changes(card) {
  const was = before.get(Number(card.dataset.event)) ?? {};
  const now = fields(card);
  const rows = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter(
    (field) => Object.keys(was).length && was[field] !== now[field],
  );
  if (!rows.length) return [];
  const table = element("table", "changes");
  table.createTHead().append(element("tr", "", element("td", ""), ...["you saw", "now"].map(head("col"))));
  table
    .createTBody()
    .append(
      ...rows.map((field) =>
        element(
          "tr",
          "",
          head("row")(field),
          element("td", "", element("del", "", was[field] ?? "none")),
          element("td", "", element("ins", "", now[field] ?? "none")),
        ),
      ),
    );
  return [table];
}

const head = (scope) => (words) => {
  const cell = element("th", "", words);
  cell.scope = scope;
  return cell;
};

// card: the card it is drawn on, or null in the list
export function box(entry, card = null) {
  const { error, event } = entry.refused;
  const title = card
    ? "Not saved"
    : (labels.get(entry.event) ?? (entry.event ? `Event ${entry.event}` : NAMES[entry.kind]));
  const made = element(
    "section",
    "conflict",
    element("h2", "", icon("alert"), element("span", "", title)),
    element("p", "conflict-why", error),
  );
  if (entry.body.text) made.append(element("p", "talk-text", entry.body.text));
  const look = element("a", "button button-small", "Look at it");
  look.href = entry.event ? `/events/${entry.event}/` : `/batches/${entry.batch}/`;
  if (entry.event) look.dataset.goto = entry.event;
  if (!event) {
    made.append(
      element(
        "div",
        "conflict-do",
        button("Dismiss", () => outbox.dismiss(entry.id)),
        ...(card ? [] : [look]),
      ),
    );
    return made;
  }
  const yours = canInsist(entry)
    ? [button(`${VERBS[entry.body.approval]} anyway`, () => act(entry, "yours"), "yours")]
    : [];
  const theirs = button(event.decided_by ? "Keep theirs" : "Leave it", () => act(entry, "theirs"), "theirs", true);
  const flag = button("Flag", () => act(entry, "flag"), card ? "flag" : "");
  made.append(
    ...(card ? changes(card) : []),
    sides(entry),
    element("div", "conflict-do", theirs, ...yours, flag, ...(card ? [] : [look])),
  );
  label(made);
  return made;
}
