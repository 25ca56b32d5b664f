// The verdicts of this visit, newest last: what the next undo, redo, reason or repeat is about. Before this visit, and
// after a reload, the ledger on the server knows.
import * as outbox from "./outbox.js";

export class Verdicts {
  constructor(batch) {
    this.batch = batch;
    this.mine = []; // {entry, event, events, before, approval, steps}; of an older verdict only the entry is known
    this.undone = [];
    this.last = null; // {approval, reason, note}
    document.addEventListener("verdict:saved", ({ detail }) => this.saved(detail));
  }

  saved({ entry, answer }) {
    const one = this.mine.find((each) => each.entry.key === entry.key);
    if (one) one.steps = answer.steps;
  }

  decided(entry, before) {
    const { approval, reason, note } = entry.body;
    this.last = { approval, reason, note };
    this.undone = [];
    this.mine.push({
      entry,
      event: entry.event,
      events: (entry.events ?? [[entry.event]]).map(([id]) => id),
      before,
      approval,
    });
  }

  // To the verdict just made, before or after it was sent.
  addReason(reason) {
    const one = this.mine.at(-1);
    this.last.reason = reason;
    const entry = outbox.addReason(one.entry, reason, one.steps);
    if (entry.key !== one.entry.key) Object.assign(one, { entry, steps: null });
  }

  undo() {
    return this.reverse(outbox.undo, this.mine, this.undone);
  }

  redo() {
    return this.reverse(outbox.redo, this.undone, this.mine);
  }

  // Sends it; what it was about (`saved`: and how it stands on the server), or null where only the server knows. Of a
  // refused verdict nothing is sent, nor done again.
  reverse(send, from, to) {
    const one = from.pop();
    const refused = one && outbox.refused().find((entry) => entry.key === one.entry.key);
    const entry = send({ batch: this.batch, ...(one && { event: one.event, target: one.entry.key }) });
    if (entry) to.push({ ...one, entry, steps: null });
    if (!one?.event) return null;
    // Nothing was saved, so nothing is taken back: what the server said of it stays true.
    const now = refused?.refused.event?.approval ?? one.before;
    return refused ? { ...one, before: now, approval: now, saved: true } : one;
  }
}
