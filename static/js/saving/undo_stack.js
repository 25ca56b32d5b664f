// The verdicts of this visit, newest last: what the next undo, redo, reason or repeat is about. For verdicts from
// before this visit, or before a reload, the server's ledger knows.
import { on, VERDICT_SAVED } from "../shared/events.js";

export class UndoStack {
  // batch: null in a deck over several, where each verdict knows its own
  constructor(batch, outbox) {
    Object.assign(this, { batch, outbox });
    // {entry, event, events, before, approval, steps, base}; `base`: entry and steps before an addition. Of an older
    // verdict only the entry is known.
    this.done = [];
    this.undone = [];
    this.last = null; // {approval, reason, note}
    on(VERDICT_SAVED, (saved) => this.noteSaved(saved));
  }

  noteSaved({ entry, answer }) {
    const verdict = this.done.find((each) => each.entry.key === entry.key);
    if (verdict) verdict.steps = answer.steps;
  }

  // before: the approval that the event had
  push(entry, before) {
    const { approval, reason, note } = entry.body;
    const events = (entry.events ?? [[entry.event]]).map(([number]) => number);
    if (approval) this.last = { approval, reason, note };
    this.undone = [];
    const changesNothingShown = entry.kind === "missed"; // it is about another event than the one on screen
    this.done.push({ entry, event: entry.event, events, before, approval: approval || before, changesNothingShown });
  }

  // Adds a reason to the newest verdict, before or after it was sent.
  addReason(reason) {
    this.last.reason = reason;
    const verdict = this.done.findLast(({ entry }) => !["correct", "missed"].includes(entry.kind));
    this.amend(verdict, { reason });
    return verdict?.event;
  }

  // Adds a note to this person's verdict on the event, which stays as it is; false where none of this visit stands.
  addNote(event, note) {
    const verdict = this.done.findLast((each) => each.event === event && !each.changesNothingShown);
    if (!["decide", "bulk"].includes(verdict?.entry.kind)) return false;
    this.amend(verdict, { note });
    return true;
  }

  amend(verdict, additions) {
    this.dropRefused(verdict);
    const { entry: before, steps, base } = verdict;
    const entry = this.outbox.amend(before, additions, steps);
    if (entry.key !== before.key) Object.assign(verdict, { entry, steps: null, base: { entry: before, steps, base } });
  }

  // An addition that was refused and is no longer kept was never saved: the verdict is what it was added to.
  dropRefused(verdict) {
    while (verdict.base && !verdict.steps && !this.outbox.holds(verdict.entry)) Object.assign(verdict, verdict.base);
  }

  undo() {
    return this.reverse("undo", this.done, this.undone);
  }

  redo() {
    return this.reverse("redo", this.undone, this.done);
  }

  // Returns the verdict that was reversed, with `saved` where the server's state is known; null where only the server
  // knows which one it is. A refused verdict is dismissed: nothing was saved, so the server's state stays true.
  reverse(kind, from, to) {
    const verdict = from.pop();
    if (verdict) this.dropRefused(verdict);
    const refused = verdict && this.outbox.refused().find((entry) => entry.key === verdict.entry.key);
    const about = verdict && { event: verdict.event, target: verdict.entry.key };
    const entry = this.outbox[kind]({ batch: verdict?.entry.batch ?? this.batch, ...about });
    if (entry) to.push({ ...verdict, entry, steps: null, base: null });
    if (!verdict?.event) return null;
    if (verdict.changesNothingShown) return { ...verdict, saved: true };
    const approval = refused?.refused.event?.approval ?? verdict.before;
    return refused ? { ...verdict, before: approval, approval, saved: true } : verdict;
  }
}
