// The order of a review: the ids at the time when the deck was opened, and the current position. Verdicts never reorder
// it. After a reload or the back button it is restored from the browser's storage, which has only ids. Opening the deck
// again loads a new queue.
import { formatCount, gettext } from "../shared/texts.js";

const REFILL_BELOW = 20; // ids left when more are loaded
const STORED = ["ids", "after", "total", "counts", "first", "grouped", "piles", "skipped", "returned", "held"];
const EMPTY = { ids: [], after: null, index: 0, first: 1, total: 0 }; // total: null until the server has counted

// groups: lists of ids in the queue's order. Returns {card: [ids, the card's own first]}. The card of a pile is the
// event `at` if the pile contains it, otherwise the first event.
export function pilesByCard(groups = [], at = null) {
  const piles = groups.map((group) => {
    const card = group.includes(at) ? at : group[0];
    return [card, [card, ...group.filter((id) => id !== card)]];
  });
  return Object.fromEntries(piles);
}

export class Queue {
  // url: where the ids come from, and the name under which the queue is stored; state: as it was stored; load(url,
  // query): resolves to {ids, after, total, place, cards, piles}; storage: sessionStorage or its like; grouped: whether
  // piles are shown as one card
  constructor(url, { load, storage, grouped }, state = EMPTY) {
    Object.assign(this, { url, load, storage, grouped, filling: null, isKept: true });
    Object.assign(this, { counts: undefined, piles: {}, skipped: [], returned: [], held: [] }, state);
    this.ids = [...this.ids];
  }

  get storageKey() {
    return `queue:${this.url}`;
  }

  // Opens the queue at this event. `reuse` (after a reload or the back button): a stored queue is used, unless piles
  // were switched on or off meanwhile.
  static async open(url, event, { reuse, ...context }) {
    const stored = reuse ? JSON.parse(context.storage.getItem(`queue:${url}`) ?? "null") : null;
    const isFitting = stored?.grouped === context.grouped && stored.ids.includes(event);
    if (isFitting) return new Queue(url, context, { ...stored, index: stored.ids.indexOf(event) });
    const answer = await context.load(url, { at: event });
    const queue = new Queue(url, context, { ...EMPTY, after: answer.after, total: null });
    queue.append(answer, event);
    queue.index = queue.ids.indexOf(event);
    if (answer.place) queue.takePlace(answer, queue.index);
    queue.store();
    return queue;
  }

  // Asks for the place of the card on screen, if the answer with the ids came without it: of many events it takes a
  // moment, in which the person reviews.
  async countPlace() {
    const { current, index } = this;
    if (this.total !== null || current === undefined) return;
    this.isCounting = true;
    try {
      this.takePlace(await this.load(this.url, { place: current }), index);
      this.store();
    } finally {
      this.isCounting = false;
    }
  }

  takePlace(answer, index) {
    const { place, total } = (this.grouped && answer.cards) || answer;
    const counts = { cards: (answer.cards ?? answer).total, events: answer.total };
    Object.assign(this, { total, counts, first: place - index });
  }

  // A queue with this event only, for when the server does not answer.
  static single(url, event, context) {
    return new Queue(url, context, { ...EMPTY, ids: [event], total: 1, isKept: false });
  }

  // Opens the queue at its beginning, if no card could be shown yet.
  static async openAtStart(url, context) {
    const answer = await context.load(url, {});
    const queue = new Queue(url, context, { ...EMPTY, after: answer.after });
    queue.append(answer);
    queue.total = queue.ids.length;
    return queue;
  }

  // Appends an answer of the server. The events of a pile get no cards, except the one that is the pile's card.
  append({ ids, piles }, at = null) {
    const present = new Set([...this.ids, ...Object.values(this.piles).flat()]);
    const newGroups = piles?.filter((group) => !group.some((id) => present.has(id)));
    const newPiles = this.grouped ? pilesByCard(newGroups, at) : {};
    const below = new Set(Object.values(newPiles).flatMap((pile) => pile.slice(1)));
    Object.assign(this.piles, newPiles);
    this.ids.push(...ids.filter((id) => !present.has(id) && !below.has(id)));
  }

  // The ids of this card's pile, its own first; undefined if the card has no pile.
  pileOf(card) {
    return this.piles[card];
  }

  // Takes the event out of its pile and makes it the next card.
  splitFromPile(id) {
    const { current } = this;
    this.leavePile(id);
    if (!this.ids.includes(id)) this.ids.splice(this.index + 1, 0, id);
    this.returnTo(current);
  }

  // Puts the event back into the pile of the card on screen.
  rejoinPile(id) {
    const { current } = this;
    this.leavePile(id);
    this.piles[current] = [...(this.pileOf(current) ?? [current]), id];
    this.ids = this.ids.filter((other) => other !== id);
    this.returnTo(current);
  }

  returnTo(id) {
    if (id !== undefined) this.index = this.ids.indexOf(id);
    this.store();
  }

  // Removes the event from its pile. If it was the pile's card, the next event of the pile becomes the card.
  leavePile(id) {
    for (const [card, pile] of Object.entries(this.piles)) {
      if (!pile.includes(id)) continue;
      const [next, ...rest] = pile.filter((other) => other !== id);
      delete this.piles[card];
      const list = this.held.includes(id) ? this.held : this.ids;
      if (Number(card) === id) list.splice(list.indexOf(id) + 1, 0, next);
      if (rest.length) this.piles[next] = [next, ...rest];
    }
  }

  // Makes an event that was passed, but not decided after all, the next card, without its pile.
  requeueNext(id) {
    const { current } = this;
    delete this.piles[id];
    this.leavePile(id);
    if (id !== current) {
      this.ids = this.ids.filter((other) => other !== id);
      this.index = current === undefined ? this.ids.length : this.ids.indexOf(current);
      this.insertNext(id);
    }
    this.store();
  }

  // Inserts it after the card on screen; at the end of the queue it becomes the card on screen.
  insertNext(id) {
    this.ids.splice(this.current === undefined ? this.index : this.index + 1, 0, id);
  }

  store() {
    if (!this.isKept) return;
    const state = Object.fromEntries(STORED.map((name) => [name, this[name]]));
    try {
      this.storage.setItem(this.storageKey, JSON.stringify(state));
    } catch {
      this.storage.removeItem(this.storageKey); // no room: after a reload the queue is loaded anew
    }
  }

  // Deletes the stored queue, so that a reload loads a new one. Late answers do not store this one again.
  forget() {
    this.isKept = false;
    this.storage.removeItem(this.storageKey);
  }

  get current() {
    return this.ids[this.index];
  }

  // "3 / 1,204"; empty at the end, or where it could not be counted.
  get label() {
    if (this.total === null) return this.isCounting && this.current !== undefined ? gettext("Counting …") : "";
    const place = Math.min(this.first + this.index, this.total);
    return this.current === undefined ? "" : `${formatCount(place)} / ${formatCount(this.total)}`;
  }

  // The number of cards from the one on screen to the end; 0 while it is unknown.
  get left() {
    if (this.current === undefined || this.total === null) return 0;
    return Math.max(1, this.total - this.first - this.index + 1);
  }

  // The share before the card on screen, 0 to 1.
  get progress() {
    return this.total ? Math.min(1, (this.first + this.index - 1) / this.total) : 0;
  }

  move(steps) {
    this.index = Math.min(this.ids.length, Math.max(0, this.index + steps));
    if (this.current === undefined && !this.after && this.skipped.length) this.returnSkipped();
  }

  // Skips the card on screen. It comes back once, at the very end.
  skip() {
    const { current } = this;
    if (!this.returned.includes(current) && !this.skipped.includes(current)) this.skipped.push(current);
    this.move(1);
    this.store();
  }

  // Skips an event that lies ahead. Returns false if it does not lie ahead, or has come back already.
  postpone(id) {
    const position = this.ids.indexOf(id);
    if (position <= this.index || this.returned.includes(id)) return false;
    this.ids.splice(position, 1);
    this.skipped.push(id);
    this.store();
    return true;
  }

  markDecided() {
    this.skipped = this.skipped.filter((id) => id !== this.current);
  }

  returnSkipped() {
    const { skipped } = this;
    this.skipped = [];
    this.returned.push(...skipped);
    this.ids = [...this.ids.filter((id) => !skipped.includes(id)), ...skipped];
    this.index = this.ids.length - skipped.length;
  }

  goTo(id) {
    if (!this.ids.includes(id)) this.ids.splice(this.index + 1, 0, id);
    this.index = this.ids.indexOf(id);
  }

  // The next cards, the one on screen first.
  ahead(count) {
    return this.ids.slice(this.index, this.index + count);
  }

  // The cards around the one on screen; with a negative `ahead`, only those behind it.
  around(behind, ahead) {
    return this.ids.slice(Math.max(0, this.index - behind), Math.max(0, this.index + ahead + 1));
  }

  // Removes those of the ids that lie ahead or are on screen, and returns them.
  removeAhead(ids) {
    const removed = this.ids.filter((id, position) => position >= this.index && ids.includes(id));
    if (removed.length) this.ids = this.ids.filter((id, position) => position < this.index || !removed.includes(id));
    return removed;
  }

  // Sets aside events that somebody else reviews. They come back when they are released.
  hold(ids) {
    this.held.push(...this.removeAhead(ids));
    this.store();
  }

  release(ids) {
    const released = this.held.filter((id) => ids.includes(id));
    this.held = this.held.filter((id) => !released.includes(id));
    this.ids.push(...released);
    this.store();
  }

  // Removes events that somebody else has decided.
  drop(ids) {
    for (const id of ids) if (this.held.includes(id) || this.ids.indexOf(id) >= this.index) this.leavePile(id);
    const dropped = [...this.removeAhead(ids), ...this.held.filter((id) => ids.includes(id))];
    this.held = this.held.filter((id) => !dropped.includes(id));
    if (this.total !== null) this.total -= dropped.length;
    this.store();
  }

  // Brings an event back right after the card on screen, wherever it was.
  bringBack(id) {
    const position = this.ids.indexOf(id);
    if (position === this.index) return;
    if (position >= 0) this.ids.splice(position, 1);
    if (position >= 0 && position < this.index) this.index -= 1;
    this.held = this.held.filter((other) => other !== id);
    this.insertNext(id);
  }

  // Loads more ids now, because none is left.
  async loadMore() {
    await (this.filling ?? this.refill());
  }

  async refill() {
    if (!this.after || this.filling || this.ids.length - this.index > REFILL_BELOW) return;
    this.filling = this.load(this.url, { after: this.after });
    try {
      const answer = await this.filling;
      this.append(answer);
      this.after = answer.after;
      this.store();
    } finally {
      this.filling = null;
    }
  }
}
