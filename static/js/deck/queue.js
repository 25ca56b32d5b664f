// The order of a review: ids as they were when it was opened, and where one is. Deciding never reshuffles it; it survives
// a reload and the back button (ids only, in sessionStorage). Opened anew, it is made anew.
import { byCard, wanted } from "./piles.js";

const LOW = 20; // ids left when the next stretch is fetched

export class Queue {
  constructor(address, known) {
    this.address = address;
    Object.assign(this, known);
    this.filling = null;
  }

  static async open(address, event) {
    const saved = JSON.parse(sessionStorage.getItem(`queue:${address}`) ?? "null");
    const came = performance.getEntriesByType("navigation")[0]?.type;
    if (came !== "navigate" && saved?.ids.includes(event))
      return new Queue(address, { ...saved, index: saved.ids.indexOf(event) });
    const answer = await ask(address, { at: event });
    const counts = { cards: (answer.cards ?? answer).total, events: answer.total };
    const { place, total } = (wanted() && answer.cards) || answer;
    const queue = new Queue(address, {
      ids: [],
      after: answer.after,
      total,
      counts,
      piles: {},
      skipped: [],
      returned: [],
      held: [],
    });
    queue.take(answer, event);
    queue.index = queue.ids.indexOf(event);
    queue.first = place - queue.index;
    queue.keep();
    return queue;
  }

  // One event and nothing else: what is left when the server does not answer.
  static of(address, event) {
    return new Queue(address, {
      ids: [event],
      after: null,
      total: 1,
      index: 0,
      first: 1,
      piles: {},
      skipped: [],
      returned: [],
      held: [],
    });
  }

  // From its beginning, where nothing could be shown yet.
  static async whole(address) {
    const answer = await ask(address, {});
    const queue = new Queue(address, {
      ids: [],
      after: answer.after,
      index: 0,
      first: 1,
      piles: {},
      skipped: [],
      returned: [],
      held: [],
    });
    queue.take(answer);
    queue.total = queue.ids.length;
    return queue;
  }

  // A stretch of the queue: what is under a card of a pile has none of its own.
  take({ ids, piles }, at = null) {
    const known = new Set([...this.ids, ...Object.values(this.piles).flat()]);
    const more = wanted()
      ? byCard(
          piles?.filter((group) => !group.some((id) => known.has(id))),
          at,
        )
      : {};
    const under = new Set(Object.values(more).flatMap((pile) => pile.slice(1)));
    Object.assign(this.piles, more);
    this.ids.push(...ids.filter((id) => !known.has(id) && !under.has(id)));
  }

  // The ids under this card, its own first; undefined where it stands for itself alone.
  pileOf(card) {
    return this.piles[card];
  }

  // Out of its pile: a card of its own, the next one. With `out` false: under the card on screen.
  apart(id, out = true) {
    const at = this.current;
    this.leave(id);
    if (!out) this.piles[at] = [...(this.pileOf(at) ?? [at]), id];
    const there = this.ids.indexOf(id);
    if (out && there < 0) this.ids.splice(this.index + 1, 0, id);
    if (!out && there >= 0) this.ids.splice(there, 1);
    if (at !== undefined) this.index = this.ids.indexOf(at);
    this.keep();
  }

  // Whatever pile it is in goes on without it; where it was the card, the next of them is.
  leave(id) {
    for (const [card, pile] of Object.entries(this.piles)) {
      const [next, ...rest] = pile.filter((one) => one !== id);
      if (!pile.includes(id)) continue;
      delete this.piles[card];
      const list = this.held.includes(id) ? this.held : this.ids;
      if (Number(card) === id) list.splice(list.indexOf(id) + 1, 0, next);
      if (rest.length) this.piles[next] = [next, ...rest];
    }
  }

  // Seen already, but not decided after all: it comes once more, next and by itself.
  again(id) {
    const at = this.current;
    delete this.piles[id];
    this.leave(id);
    this.ids = this.ids.filter((one) => one !== id);
    this.index = at === undefined ? this.ids.length : this.ids.indexOf(at);
    this.ids.splice(at === undefined ? this.index : this.index + 1, 0, id);
    this.keep();
  }

  keep() {
    const { ids, after, total, counts, first, piles, skipped, returned, held } = this;
    try {
      sessionStorage.setItem(
        `queue:${this.address}`,
        JSON.stringify({ ids, after, total, counts, first, piles, skipped, returned, held }),
      );
    } catch {
      sessionStorage.removeItem(`queue:${this.address}`); // full: after a reload the queue is made anew
    }
  }

  // After this the queue is made anew, also by a reload.
  forget() {
    sessionStorage.removeItem(`queue:${this.address}`);
  }

  get current() {
    return this.ids[this.index];
  }

  get words() {
    const place = Math.min(this.first + this.index, this.total);
    return this.current === undefined ? "" : `${place.toLocaleString("en-US")} / ${this.total.toLocaleString("en-US")}`;
  }

  // Cards from the one on screen to the end.
  get left() {
    return this.current === undefined ? 0 : Math.max(1, this.total - this.first - this.index + 1);
  }

  get part() {
    return this.total ? Math.min(1, (this.first + this.index) / this.total) : 0;
  }

  move(steps) {
    this.index = Math.min(this.ids.length, Math.max(0, this.index + steps));
    if (this.current === undefined && !this.after && this.skipped.length) this.bringBack();
  }

  // What is skipped comes back once, at the very end.
  skip() {
    if (!this.returned.includes(this.current) && !this.skipped.includes(this.current)) this.skipped.push(this.current);
    this.move(1);
    this.keep();
  }

  // What cannot be watched comes with what was skipped. False: it is not ahead, or came back already.
  later(id) {
    const at = this.ids.indexOf(id);
    if (at <= this.index || this.returned.includes(id)) return false;
    this.ids.splice(at, 1);
    this.skipped.push(id);
    this.keep();
    return true;
  }

  decided() {
    this.skipped = this.skipped.filter((id) => id !== this.current);
  }

  bringBack() {
    const again = this.skipped;
    this.skipped = [];
    this.returned.push(...again);
    this.ids = [...this.ids.filter((id) => !again.includes(id)), ...again];
    this.index = this.ids.length - again.length;
  }

  goTo(id) {
    if (!this.ids.includes(id)) this.ids.splice(this.index + 1, 0, id);
    this.index = this.ids.indexOf(id);
  }

  coming(count) {
    return this.ids.slice(this.index, this.index + count);
  }

  // From the current place on; what lies behind stays where it is.
  pull(ids) {
    const taken = this.ids.filter((id, place) => place >= this.index && ids.includes(id));
    if (taken.length) this.ids = this.ids.filter((id, place) => place < this.index || !taken.includes(id));
    return taken;
  }

  // Somebody else has them: they come when everything else is done, and when they are given back.
  putOff(ids) {
    this.held.push(...this.pull(ids));
  }

  giveBack(ids) {
    const back = this.held.filter((id) => ids.includes(id));
    this.held = this.held.filter((id) => !back.includes(id));
    this.ids.push(...back);
  }

  drop(ids) {
    for (const id of ids) if (this.held.includes(id) || this.ids.indexOf(id) >= this.index) this.leave(id);
    const gone = [...this.pull(ids), ...this.held.filter((id) => ids.includes(id))];
    this.held = this.held.filter((id) => !gone.includes(id));
    this.total -= gone.length;
  }

  // Right after the card on screen, wherever it was.
  comeBack(id) {
    const at = this.ids.indexOf(id);
    if (at === this.index) return;
    if (at >= 0) this.ids.splice(at, 1);
    if (at >= 0 && at < this.index) this.index -= 1;
    this.held = this.held.filter((other) => other !== id);
    this.ids.splice(this.current === undefined ? this.index : this.index + 1, 0, id);
  }

  around(behind, ahead) {
    return this.ids.slice(Math.max(0, this.index - behind), this.index + ahead + 1);
  }

  // The next stretch, now: nothing is left of this one.
  async more() {
    await (this.filling ?? this.refill());
  }

  async refill() {
    if (!this.after || this.filling || this.ids.length - this.index > LOW) return;
    this.filling = ask(this.address, { after: this.after });
    try {
      const answer = await this.filling;
      this.take(answer);
      this.after = answer.after;
      this.keep();
    } finally {
      this.filling = null;
    }
  }
}

async function ask(address, query) {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response.json();
}
