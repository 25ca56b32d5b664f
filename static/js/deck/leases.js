// Which card of the queue may come next: those that the server keeps for this page for two minutes. What others have on
// their screens comes at the end; what they have decided meanwhile, not at all. Where the server does not answer, the queue
// goes on as it is: a lease is courtesy, and versions decide.
import { Presence } from "../shared/presence.js";

const KEEP = 8; // cards kept for this page, the one on screen among them
const LOW = 3; // of them left ahead when the next are asked for
const ASK = 40; // of the queue, from which they are taken

export class Serving {
  // event(): what is on screen; onChange(): the queue changed behind the card on screen, or something was given back
  constructor(address, token, { event, onChange }) {
    this.queue = null;
    this.kept = new Set();
    this.shown = new Set(); // on screen before, or wanted by hand: never taken away
    this.theirs = {}; // event → who has it
    this.onChange = onChange;
    this.presence = new Presence(address, {
      token,
      event,
      more: () => this.wish(),
      onAnswer: (answer) => this.hear(answer),
    });
  }

  serve(queue) {
    this.queue = queue;
    return this.presence.say();
  }

  wish() {
    if (!this.queue) return {};
    const ids = this.queue.current === undefined ? this.queue.held : this.queue.coming(ASK);
    return { wanted: ids.slice(0, ASK).join(), count: KEEP };
  }

  hear({ mine, theirs, gone }) {
    this.free = !mine; // somebody who only looks: nothing is kept for them
    if (this.free || !this.queue) return;
    this.kept = new Set(mine);
    this.theirs = theirs;
    const open = (id) => !this.shown.has(id);
    this.queue.giveBack(mine);
    this.queue.putOff(Object.keys(theirs).map(Number).filter(open));
    this.queue.drop(gone.filter(open));
    this.onChange();
  }

  allow(id) {
    this.shown.add(id);
  }

  // Skipped: it is asked for again when it comes back.
  release(id) {
    this.shown.delete(id);
    this.kept.delete(id);
  }

  // Until the queue's current card is one to show, or the queue has ended.
  async settled() {
    const { queue } = this;
    for (let id = queue.current; !this.sure(id); id = queue.current) {
      if (id === undefined) await queue.more();
      else await this.presence.say();
      if (queue.current === id) return;
    }
    this.ahead();
  }

  sure(id) {
    if (id === undefined) return !this.queue.after;
    return this.free || this.presence.deaf || this.shown.has(id) || this.kept.has(id);
  }

  ahead() {
    const coming = this.queue
      .coming(KEEP)
      .slice(1)
      .filter((id) => !this.shown.has(id));
    if (!this.free && coming.filter((id) => this.kept.has(id)).length < Math.min(LOW, coming.length))
      this.presence.say();
  }

  // Who has what is left, in words.
  get words() {
    const names = [...new Set(Object.values(this.theirs))];
    const count = this.queue.held.length;
    const who = names.length ? `, with ${names.join(", ")}` : "";
    return `${count} left${who}. Whatever is given back comes here by itself.`;
  }
}
