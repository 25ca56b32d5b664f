// Shows a verdict that the server refused, with both sides: on its card if that is on screen, otherwise in the list of
// the page. Both are drawn from the outbox, so that all tabs show the same.
import { button, element, icon, stateBadge } from "../shared/dom.js";
import { CONFLICT_RESOLVED, emit } from "../shared/events.js";
import { label, register } from "../shared/keys.js";
import { commaList, gettext, LOCALE, ngettext } from "../shared/texts.js";
import { changedFields } from "./changed_fields.js";
import { outbox } from "./page_outbox.js";

const ANYWAY = {
  approved: gettext("Approve anyway"),
  rejected: gettext("Reject anyway"),
  invalid: gettext("Mark as invalid anyway"),
};
const FIELDS = {
  label: gettext("Label"),
  category: gettext("Category"),
  severity: gettext("Severity"),
  start_s: gettext("Start, s"),
  end_s: gettext("End, s"),
  box: gettext("Box"),
};
const GESTURES = {
  correct: gettext("Correction"),
  missed: gettext("Missed event"),
  undo: gettext("Undo"),
  redo: gettext("Redo"),
  bulk: gettext("Verdict on several events"),
};
const eventLabels = new Map(); // event → label, for this page view only: vendor text is never stored

export const rememberLabel = (event, text) => eventLabels.set(event, text);

function timeAgo(moment) {
  const seconds = Math.max(0, Math.round((Date.now() - new Date(moment)) / 1000));
  if (seconds < 90) return ngettext("{count} s ago", "{count} s ago", seconds);
  if (seconds < 5400) return ngettext("{count} min ago", "{count} min ago", Math.round(seconds / 60));
  if (seconds < 129600) return ngettext("{count} h ago", "{count} h ago", Math.round(seconds / 3600));
  return ngettext("{count} day ago", "{count} days ago", Math.round(seconds / 86400));
}

// Whether the event changed since the person saw it. If not, the server would refuse the same verdict again.
const hasChanged = ({ body, refused: { event } }) =>
  event.version !== Number(body.version) || event.fingerprint !== body.fingerprint;
const canRepeat = (entry) =>
  Boolean(entry.refused.event && (entry.body.approval || entry.kind === "correct") && hasChanged(entry));

// The corrected values that a person entered, as the body of the entry has them: {correct_label: "A van"}
const enteredValues = ({ body }) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name.startsWith("correct_")));

const RESOLUTIONS = {
  theirs: (entry) => outbox.dismiss(entry.id),
  yours(entry) {
    const { version, fingerprint } = entry.refused.event;
    const { approval, reason, note } = entry.body;
    const again = { event: entry.event, batch: entry.batch, version, fingerprint, values: enteredValues(entry) };
    if (approval) return outbox.decide({ ...again, approval, reason, note });
    outbox.dismiss(entry.id);
    return outbox.correct(again);
  },
  flag(entry) {
    outbox.dismiss(entry.id);
    outbox.flag({ event: entry.event, batch: entry.batch, on: true });
  },
};

function resolve(entry, resolution) {
  RESOLUTIONS[resolution](entry);
  emit(CONFLICT_RESOLVED, { event: entry.event });
}

// Resolves the conflict of this event. Returns false if there is none, or this resolution does not apply.
export function resolveConflict(event, resolution) {
  const entry = outbox.refused().find((refused) => refused.event === event && refused.refused.event);
  if (!entry || (resolution === "yours" && !canRepeat(entry))) return false;
  resolve(entry, resolution);
  return true;
}

// current(): the event on screen, or null; confirm(): what the key "yours" does without a conflict; false if nothing
export function registerConflictKeys(current, confirm = () => false) {
  const first = () => outbox.refused().find((entry) => entry.refused.event)?.event;
  const run = (resolution) =>
    resolveConflict(current(), resolution) ||
    (resolution === "yours" && confirm()) ||
    resolveConflict(first(), resolution);
  register("Decide", [
    { name: "theirs", keys: ["t"], title: gettext("Keep their verdict in a conflict"), run: () => run("theirs") },
    {
      name: "yours",
      keys: ["y"],
      title: gettext("Keep your verdict in a conflict; confirm the verdict of a changed event"),
      run: () => run("yours"),
    },
  ]);
}

// values: {label: "A van", end_s: 4.5}; what people wrote, in any direction
function valueList(values) {
  const line = ([name, value]) => {
    const node = element("li", "", `${FIELDS[name]}: ${value}`);
    node.dir = "auto";
    return node;
  };
  const lines = Object.entries(values).map(line);
  return lines.length ? [element("ul", "", ...lines)] : [];
}

function side(title, approval, text, { when = "", values = {} } = {}) {
  const badge = approval ? [stateBadge(approval)] : [];
  const said = [element("span", "", title), ...badge, element("span", "", text)];
  const node = element("div", "conflict-side", ...said, ...valueList(values));
  node.title = when;
  return node;
}

function sides(entry) {
  const { body, refused } = entry;
  const { event } = refused;
  const cause = event.fingerprint === body.fingerprint ? "" : gettext("the vendor changed the event");
  const who = event.decided_by ? commaList([event.decided_by, timeAgo(event.decided_at)]) : cause;
  const when = event.decided_at ? new Date(event.decided_at).toLocaleString(LOCALE) : "";
  const details = [body.reason, body.note].filter(Boolean).join(" · ");
  const entered = Object.entries(enteredValues(entry)).map(([name, value]) => [name.replace("correct_", ""), value]);
  const values = Object.fromEntries(entered);
  const hasYours = body.approval || entered.length;
  const yours = hasYours ? [side(gettext("Yours, not saved"), body.approval, details, { values })] : [];
  const now = side(gettext("Now"), event.approval, who, { when, values: event.corrections });
  return element("div", "conflict-sides", now, ...yours);
}

function titleOf(entry, card) {
  if (card) return gettext("Not saved");
  return (
    eventLabels.get(entry.event) ?? (entry.event ? gettext("Event {id}", { id: entry.event }) : GESTURES[entry.kind])
  );
}

function openLink(entry) {
  const link = element("a", "button button-small", entry.event ? gettext("Open event") : gettext("Open batch"));
  link.href = entry.event ? `/events/${entry.event}/` : `/batches/${entry.batch}/`;
  if (entry.event) link.dataset.goto = entry.event;
  return link;
}

function resolutionButtons(entry, card) {
  const small = (text, run, command = "", className = "button button-small") =>
    button(className, run, { command }, text);
  const { event } = entry.refused;
  if (!event) return [small(gettext("Dismiss"), () => outbox.dismiss(entry.id))];
  const keep = event.decided_by ? gettext("Keep theirs") : gettext("Keep as it is");
  const theirs = small(keep, () => resolve(entry, "theirs"), "theirs", "button button-small button-primary");
  const flag = small(gettext("Flag"), () => resolve(entry, "flag"), card ? "flag" : "");
  if (!canRepeat(entry)) return [theirs, flag];
  return [
    theirs,
    small(ANYWAY[entry.body.approval] ?? gettext("Save anyway"), () => resolve(entry, "yours"), "yours"),
    flag,
  ];
}

// card: the card it is drawn on, or null in the list
export function conflictBox(entry, card = null) {
  const { error, event } = entry.refused;
  const title = element("h2", "", icon("alert"), element("span", "", titleOf(entry, card)));
  const box = element("section", "conflict", title, element("p", "conflict-why", error));
  const text = entry.body.text ?? (event ? "" : entry.body.correct_label);
  if (text) box.append(element("p", "talk-text", text));
  if (event) box.append(...(card ? changedFields(card) : []), sides(entry));
  box.append(element("div", "conflict-do", ...resolutionButtons(entry, card), ...(card ? [] : [openLink(entry)])));
  label(box);
  return box;
}
