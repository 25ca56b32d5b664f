// Which card of the queue may come next: one that the server leases to this page for two minutes. Events that others
// have on screen come at the end; events that they have decided are removed. If the server does not answer, the queue
// continues as it is: leases only avoid double work, and the versions of events detect conflicts.
import { Presence } from "../shared/presence.js";
import { commaList, gettext, ngettext } from "../shared/texts.js";

const LEASED = 8; // cards leased to this page, including the one on screen
const RENEW_BELOW = 3; // with fewer leased cards ahead, the next ones are requested
const OFFERED = 40; // ids of the queue from which the server chooses

export class Leases {
  // event(): the event on screen; onChange(): the queue changed behind the card on screen
  constructor(url, token, { event, onChange }) {
    this.queue = null;
    this.leased = new Set();
    this.opened = new Set(); // was on screen or opened by hand: never removed again
    this.holders = {}; // event → name of the person who reviews it
    this.unlimited = false; // for people who may not decide: they need no leases
    this.onChange = onChange;
    const fields = () => this.request();
    this.presence = new Presence(url, { token, event, fields, onAnswer: (answer) => this.applyLeases(answer) });
  }

  leaseFor(queue) {
    this.queue = queue;
    return this.presence.report();
  }

  // The form fields that ask for the next leases.
  request() {
    if (!this.queue) return {};
    const ids = this.queue.current === undefined ? this.queue.held : this.queue.ahead(OFFERED);
    return { wanted: ids.slice(0, OFFERED).join(), count: LEASED };
  }

  // leased: ids leased to this page, null without the right to decide; holders: {id: name of another person who has the
  // lease}; gone: ids decided meanwhile
  applyLeases({ leased, holders, gone }) {
    this.unlimited = !leased;
    if (this.unlimited || !this.queue) return;
    this.leased = new Set(leased);
    this.holders = holders;
    const isClosed = (id) => !this.opened.has(id);
    this.queue.release(leased);
    this.queue.hold(Object.keys(holders).map(Number).filter(isClosed));
    this.queue.drop(gone.filter(isClosed));
    this.onChange();
  }

  open(id) {
    this.opened.add(id);
  }

  // Forgets the lease of a skipped card. It is requested again when the card comes back.
  release(id) {
    this.opened.delete(id);
    this.leased.delete(id);
  }

  // Resolves when the queue's current card may be shown, or the queue has ended.
  async ready() {
    const { queue } = this;
    for (let id = queue.current; !this.mayShow(id); id = queue.current) {
      if (id === undefined) await queue.loadMore();
      else await this.presence.report();
      if (queue.current === id) return;
    }
    this.renew();
  }

  mayShow(id) {
    if (id === undefined) return !this.queue.after;
    return this.unlimited || this.presence.unanswered || this.opened.has(id) || this.leased.has(id);
  }

  // Asks for more leases before the last one is used.
  renew() {
    const ahead = this.queue
      .ahead(LEASED)
      .slice(1)
      .filter((id) => !this.opened.has(id));
    const leased = ahead.filter((id) => this.leased.has(id)).length;
    if (!this.unlimited && leased < Math.min(RENEW_BELOW, ahead.length)) this.presence.report();
  }

  // Who reviews what is left, as a sentence.
  get summary() {
    const names = [...new Set(Object.values(this.holders))];
    const { length } = this.queue.held;
    const left = names.length
      ? ngettext("{count} left, under review by {names}.", "{count} left, under review by {names}.", length, {
          names: commaList(names),
        })
      : ngettext("{count} left.", "{count} left.", length);
    return `${left} ${gettext("Released events appear here automatically.")}`;
  }
}
