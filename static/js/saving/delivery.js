// Sends the entries of an outbox, one at a time and in order, and handles the result of each. Without an answer it
// tries again, each time after a longer wait.
import { emit, OUTBOX_CHANGED, VERDICT_REFUSED, VERDICT_SAVED } from "../shared/events.js";
import { gettext } from "../shared/texts.js";
import { isAbout, triple } from "./outbox.js";

const FIRST_WAIT = 1000; // milliseconds
const LONGEST_WAIT = 30000;
const OF_EVENTS = ["decide", "correct", "flag", "comment"]; // kinds whose address names an event

export function urlOf({ kind, event, item, batch }) {
  if (kind === "missed") return `/items/${item}/missed/`;
  if (OF_EVENTS.includes(kind)) return `/events/${event}/${kind}/`;
  return batch ? `/batches/${batch}/${kind}/` : `/events/${kind}/`;
}

export function fieldsOf({ key, events, body }, author) {
  const numbered = events?.length ? { events: events.map((seen) => seen.join(".")).join("-") } : {};
  return { key, author, ...body, ...numbered };
}

const isTemporary = (status) => status === 408 || status === 429 || status >= 500;

export class Delivery {
  // store: an EntryStore; post(url, fields): resolves to {ok, status, answer, wait} and throws without an answer;
  // lock(run): runs it in one tab at a time; postMessage(message): to the other tabs of this person
  constructor(store, author, { post, lock = (run) => run(), postMessage = () => {} }) {
    Object.assign(this, { store, author, post, lock, postMessage });
    this.wait = FIRST_WAIT;
    this.askedWait = 0; // milliseconds that the server has asked for with its last answer
    this.timer = 0;
    this.isSending = false;
    this.signedOut = false;
    this.signedInAs = ""; // the name of somebody else who has signed in meanwhile
  }

  // Emits the event in this tab and in the others, because another tab may have made the entry.
  broadcast(name, detail) {
    emit(name, detail);
    this.postMessage({ name, detail });
  }

  // Whether the server has asked for a wait that is not over: then nothing is sent, whatever is added meanwhile.
  get isHeld() {
    return this.timer !== 0 && this.askedWait > 0;
  }

  async send() {
    if (this.isSending || this.isHeld || !this.store.waiting().length) return;
    this.isSending = true;
    try {
      await this.lock(() => this.sendAll());
    } finally {
      this.isSending = false;
    }
    if (this.store.waiting().length && !this.timer) this.send();
  }

  async sendAll() {
    clearTimeout(this.timer);
    this.timer = 0;
    for (let [entry] = this.store.waiting(); entry; [entry] = this.store.waiting()) {
      if (await this.sendEntry(entry)) continue;
      emit(OUTBOX_CHANGED);
      // If the server named a wait, the retry comes after that wait, and not much later.
      const wait = this.askedWait ? this.askedWait * (1 + Math.random() / 4) : this.wait * (0.75 + Math.random() / 2);
      this.timer = setTimeout(() => this.retry(), wait);
      return;
    }
  }

  // Only automatic retries double the wait. A verdict that is added meanwhile does not.
  retry() {
    this.timer = 0;
    if (!this.askedWait) this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    this.send();
  }

  // Resolves to true if the next entry can be sent, to false if this one must be tried again.
  async sendEntry(entry) {
    entry.sent = true; // from here on the server may know its key
    this.store.write(entry);
    const reply = await this.post(urlOf(entry), fieldsOf(entry, this.author)).catch(() => null);
    this.askedWait = (reply?.wait ?? 0) * 1000;
    if (!reply || (reply.ok && !reply.answer)) return false;
    const { ok, status } = reply;
    const answer = reply.answer ?? {};
    this.signedOut = status === 401;
    this.signedInAs = answer.signed_in ?? "";
    if (!ok && (this.signedOut || answer.again || isTemporary(status))) return false;
    if (ok) this.confirm(entry, answer);
    else this.refuse(entry, status, answer);
    this.wait = FIRST_WAIT;
    emit(OUTBOX_CHANGED);
    return true;
  }

  confirm(entry, answer) {
    this.updateVersions(answer.steps ?? []);
    this.store.remove(entry.id);
    this.broadcast(VERDICT_SAVED, { entry, answer });
  }

  // Gives waiting entries the newest versions of their events. After an undo or redo, only the server knows the events.
  // Waiting entries of undo and redo need no versions, because they name a key.
  updateVersions(steps) {
    const newest = new Map(steps.map((step) => [step.event, step]));
    for (const entry of this.store.waiting().filter(({ sent }) => !sent)) {
      if (!steps.some((step) => isAbout(entry, step.event))) continue;
      if (entry.events) {
        entry.events = entry.events.map((seen) => (newest.has(seen[0]) ? triple(newest.get(seen[0])) : seen));
      } else if (["decide", "correct"].includes(entry.kind)) {
        const { version, fingerprint } = newest.get(entry.event);
        Object.assign(entry.body, { version, fingerprint });
      }
      this.store.write(entry);
    }
  }

  refuse(entry, status, answer) {
    const event = answer.event && { ...answer.event, label: undefined, note: undefined }; // vendor text is not stored
    const error = answer.error ?? gettext("The server answered {status}.", { status });
    const refusal = { ...entry, refused: { status, error, event } };
    this.dropDependents(entry.key, status, answer, refusal);
    // With an undo that has nothing to undo, nothing is lost: it is said, not kept.
    if (["undo", "redo"].includes(entry.kind) && !event) this.store.remove(entry.id);
    else this.store.write(refusal);
    this.broadcast(VERDICT_REFUSED, { entry: refusal, status, answer });
  }

  // Handles the waiting entries that depend on a refused one. A later verdict is refused too. A reason or note is moved
  // to the refused verdict. An undo or redo is removed, because nothing is left to undo.
  dropDependents(key, status, answer, refusal) {
    for (const entry of this.store.waiting().filter(({ after }) => after === key)) {
      if (["decide", "correct", "bulk"].includes(entry.kind) && entry.body.amends !== key) {
        this.refuse(entry, status, answer);
        continue;
      }
      if (entry.body.amends) refusal.body = { ...refusal.body, reason: entry.body.reason, note: entry.body.note };
      this.store.remove(entry.id);
      this.dropDependents(entry.key, status, answer, refusal);
    }
  }
}
