// The order of a review: the ids as they were when it was opened, and a position in it. Deciding never reorders it. It
// survives a reload and the back button (ids only, in the browser's storage); opened anew, it is loaded anew.

const REFILL_BELOW = 20; // ids left when more are loaded
const STORED = ["ids", "after", "total", "counts", "first", "grouped", "piles", "skipped", "returned", "held"];
const EMPTY = { ids: [], after: null, index: 0, first: 1, total: 0 };

// groups: lists of ids in the queue's order. Returns {card: [ids, the card's own first]}; an event in `at` is the card
// of its pile, otherwise the first one is.
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

  // At this event. A stored queue is used after a reload or on the way back, not where the deck is opened anew, and not
  // where piles were switched on or off meanwhile.
  static async open(url, event, { reuse, ...context }) {
    const stored = reuse ? JSON.parse(context.storage.getItem(`queue:${url}`) ?? "null") : null;
    const isFitting = stored?.grouped === context.grouped && stored.ids.includes(event);
    if (isFitting) return new Queue(url, context, { ...stored, index: stored.ids.indexOf(event) });
    const answer = await context.load(url, { at: event });
    const { place, total } = (context.grouped && answer.cards) || answer;
    const counts = { cards: (answer.cards ?? answer).total, events: answer.total };
    const queue = new Queue(url, context, { ...EMPTY, after: answer.after, total, counts });
    queue.append(answer, event);
    queue.index = queue.ids.indexOf(event);
    queue.first = place - queue.index;
    queue.store();
    return queue;
  }

  // One event and nothing else: what is left when the server does not answer.
  static single(url, event, context) {
    return new Queue(url, context, { ...EMPTY, ids: [event], total: 1, isKept: false });
  }

  // From its beginning, where no card could be shown yet.
  static async whole(url, context) {
    const answer = await context.load(url, {});
    const queue = new Queue(url, context, { ...EMPTY, after: answer.after });
    queue.append(answer);
    queue.total = queue.ids.length;
    return queue;
  }

  // Appends more of the queue. Events below the card of a pile have no card of their own.
  append({ ids, piles }, at = null) {
    const present = new Set([...this.ids, ...Object.values(this.piles).flat()]);
    const newGroups = piles?.filter((group) => !group.some((id) => present.has(id)));
    const newPiles = this.grouped ? pilesByCard(newGroups, at) : {};
    const below = new Set(Object.values(newPiles).flatMap((pile) => pile.slice(1)));
    Object.assign(this.piles, newPiles);
    this.ids.push(...ids.filter((id) => !present.has(id) && !below.has(id)));
  }

  // The ids of this card's pile, its own first; undefined where it stands for itself alone.
  pileOf(card) {
    return this.piles[card];
  }

  // Takes the event out of its pile: it becomes a card of its own, the next one.
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

  // The pile goes on without the event; where the event was its card, the next one becomes the card.
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

  // An event that was passed but not decided after all comes once more: next, and by itself.
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

  // Right after the card on screen; at the end of the queue it becomes the card on screen.
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

  // From here on the queue is loaded anew, also by a reload. What still arrives for this one does not store it again.
  forget() {
    this.isKept = false;
    this.storage.removeItem(this.storageKey);
  }

  get current() {
    return this.ids[this.index];
  }

  // "3 / 1,204"; empty at the end.
  get label() {
    const place = Math.min(this.first + this.index, this.total);
    return this.current === undefined ? "" : `${place.toLocaleString("en-US")} / ${this.total.toLocaleString("en-US")}`;
  }

  // The number of cards from the one on screen to the end.
  get left() {
    return this.current === undefined ? 0 : Math.max(1, this.total - this.first - this.index + 1);
  }

  // The share that is done, 0 to 1.
  get progress() {
    return this.total ? Math.min(1, (this.first + this.index) / this.total) : 0;
  }

  move(steps) {
    this.index = Math.min(this.ids.length, Math.max(0, this.index + steps));
    if (this.current === undefined && !this.after && this.skipped.length) this.returnSkipped();
  }

  // A skipped card comes back once, at the very end.
  skip() {
    const { current } = this;
    if (!this.returned.includes(current) && !this.skipped.includes(current)) this.skipped.push(current);
    this.move(1);
    this.store();
  }

  // Moves an event that lies ahead to those that were skipped; false where it does not, or came back already.
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

  // With a negative `ahead`: only what lies behind.
  around(behind, ahead) {
    return this.ids.slice(Math.max(0, this.index - behind), this.index + ahead + 1);
  }

  // Removes what lies ahead, the card on screen included, and returns it; what lies behind stays.
  removeAhead(ids) {
    const removed = this.ids.filter((id, position) => position >= this.index && ids.includes(id));
    if (removed.length) this.ids = this.ids.filter((id, position) => position < this.index || !removed.includes(id));
    return removed;
  }

  // Somebody else reviews these: they come when everything else is done, and when they are released.
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

  // Removes what somebody else has decided.
  drop(ids) {
    for (const id of ids) if (this.held.includes(id) || this.ids.indexOf(id) >= this.index) this.leavePile(id);
    const dropped = [...this.removeAhead(ids), ...this.held.filter((id) => ids.includes(id))];
    this.held = this.held.filter((id) => !dropped.includes(id));
    this.total -= dropped.length;
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

  // Loads more at once, because nothing is left.
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
