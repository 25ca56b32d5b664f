// The outbox: verdicts on their way to the server. Each is stored before it is sent, has an idempotency key, and stays
// until the server has answered: it survives reloads, lost networks, restarts and ended sessions. Entries are sent in
// the order they were made.
import { emit, OUTBOX_CHANGED } from "../shared/events.js";
import { uuid } from "../shared/ids.js";

/** @typedef {import("../shared/events.js").Entry} Entry */

const WITHOUT_VERSION = ["flag", "comment", "missed"]; // kinds that change no version of an event

export const triple = ({ event, version, fingerprint }) => [event, version, fingerprint];
export const isAbout = (entry, event) =>
  entry.event === event || (entry.events ?? []).some(([number]) => number === event);

export class Outbox {
  // store: an EntryStore; send(): starts the delivery; now(): milliseconds
  constructor(store, { send, now = Date.now }) {
    Object.assign(this, { store, send, now });
    this.lastNumber = 0;
  }

  entries() {
    return this.store.all();
  }

  waiting() {
    return this.store.waiting();
  }

  refused() {
    return this.store.refused();
  }

  // Whether the entry still waits, or its refusal was not dismissed yet.
  holds(entry) {
    return Boolean(this.store.read(entry.id));
  }

  // Entries are sent in the order of their numbers. A new number is higher than those of all stored entries, because
  // the clock may have been set back.
  nextNumber() {
    const { prefix } = this.store;
    const newest = Number(this.entries().at(-1)?.id.slice(prefix.length).split(":")[0] ?? 0);
    this.lastNumber = Math.max(this.lastNumber + 1, newest + 1, this.now());
    return String(this.lastNumber).padStart(15, "0");
  }

  add(fields) {
    const id = `${this.store.prefix}${this.nextNumber()}:${uuid().slice(0, 8)}`;
    const entry = { ...fields, id, key: uuid() };
    this.store.write(entry);
    emit(OUTBOX_CHANGED);
    this.send();
    return entry;
  }

  // The key of the newest waiting entry that changes the version of this event. A later verdict depends on that entry.
  lastOn(event) {
    const earlier = this.waiting().filter((entry) => isAbout(entry, event) && !WITHOUT_VERSION.includes(entry.kind));
    return earlier.at(-1)?.key ?? null;
  }

  // A verdict on one event. It replaces refused verdicts on this event.
  decide({ event, batch, version, fingerprint, approval, reason = "", note = "", order = "", values = {} }) {
    for (const entry of this.refused()) {
      if (entry.kind === "decide" && entry.event === event) this.store.remove(entry.id);
    }
    const body = { version, fingerprint, approval, reason, note, order, ...values };
    return this.add({ kind: "decide", event, batch, after: this.lastOn(event), body });
  }

  // Corrected values of one event, without a verdict: {correct_label: "A van"}
  correct({ event, batch, version, fingerprint, values }) {
    const body = { version, fingerprint, ...values };
    return this.add({ kind: "correct", event, batch, after: this.lastOn(event), body });
  }

  // An event that the vendor missed in the item; `event` is the one on screen when it was marked.
  missed({ event = null, item, batch, fields }) {
    return this.add({ kind: "missed", event, item, batch, after: null, body: fields });
  }

  // One verdict on several events, each as [number, version, fingerprint]; for a pile `event` is the one on screen.
  decideMany({ batch, event = null, events, approval, reason = "", note = "", values = {} }) {
    const after = event && this.lastOn(event);
    return this.add({ kind: "bulk", event, events, batch, after, body: { approval, reason, note, ...values } });
  }

  // One verdict on all that match `query`: `count` events, on a page made at `made_at`.
  decideMatching({ batch, ...body }) {
    return this.add({ kind: "bulk", batch, after: null, body });
  }

  // Adds a reason or a note to a verdict. An entry that was refused or never sent is changed in place. Otherwise a new
  // entry is added, because the key of the first one stands for what was sent. additions: {reason} or {note}; steps:
  // [{event, version, fingerprint}] after the verdict, once it is saved. Returns the entry with the additions.
  amend(entry, additions, steps) {
    const stored = this.store.read(entry.id);
    if (stored && (stored.refused || !stored.sent)) {
      Object.assign(stored.body, additions);
      this.store.write(stored);
      emit(OUTBOX_CHANGED);
      return stored;
    }
    const amendment = { kind: entry.kind, event: entry.event, batch: entry.batch, after: stored ? entry.key : null };
    const body = { ...entry.body, ...additions, amends: entry.key };
    if (entry.events) return this.add({ ...amendment, events: steps?.map(triple) ?? entry.events, body });
    const { version, fingerprint } = steps?.find((step) => step.event === entry.event) ?? body;
    return this.add({ ...amendment, body: { ...body, version, fingerprint } });
  }

  undo(gesture) {
    return this.reverse("undo", gesture);
  }

  redo(gesture) {
    return this.reverse("redo", gesture);
  }

  // `target`: the key of the entry to reverse, waiting or saved; without it the server takes this person's last verdict
  // in the batch. A refused target is only dismissed: nothing was saved, and no other verdict may be reversed in its
  // place.
  reverse(kind, { batch, event = null, target = null }) {
    const refused = target && this.refused().find((entry) => entry.key === target);
    if (refused) return this.dismiss(refused.id);
    return this.add({ kind, event, batch, after: target, body: target ? { target } : {} });
  }

  flag({ event, batch, on }) {
    return this.add({ kind: "flag", event, batch, after: null, body: { on: on ? "1" : "0" } });
  }

  // kind: "say" (with `text`, and the JSON of a `drawing` or none), "resolve", "reopen" or "withdraw" (with `target`,
  // the key of one's own comment)
  comment({ event, batch, kind, text = "", drawing = "", target = "" }) {
    return this.add({ kind: "comment", event, batch, after: null, body: { kind, text, drawing, target } });
  }

  dismiss(id) {
    this.store.remove(id);
    emit(OUTBOX_CHANGED);
  }
}
