// The deck: a queue of events and the card on screen. The next cards are loaded into the page in advance, with their
// clips buffered, so that a verdict shows the next card at once.
import { saveNote } from "../card/note.js";
import { isAboutValues } from "../card/reason_values.js";
import { momentOf } from "../clip/moment_text.js";
import { outbox } from "../saving/page_outbox.js";
import { UndoStack } from "../saving/undo_stack.js";
import { setText, toast } from "../shared/dom.js";
import { drawPileSwitch, pilesEnabled } from "../shared/pile_setting.js";
import { gettext } from "../shared/texts.js";
import { CardStore } from "./card_store.js";
import { ClipFailures } from "./clip_failures.js";
import { EarlyVerdicts, wasReadable } from "./early_verdicts.js";
import { Leases } from "./leases.js";
import { openQueue } from "./open_queue.js";
import { Pile } from "./pile.js";
import { ServerAnswers } from "./server_answers.js";
import { Stage } from "./stage.js";
import { TimeLeft } from "./time_left.js";

const AHEAD = 3; // next cards that are loaded in advance
const BUFFERED = 2; // of these, cards whose clips are loaded
const BEHIND = 10; // cards kept for going back
const FETCHED_BEHIND = 3; // of these, cards that are fetched if they are missing, as after a reload
const CLIPS_BEHIND = 2; // of these, cards whose clips stay loaded: each holds decoded pictures and what was fetched
const RETRY = 2000; // milliseconds

export class Deck {
  // reasons: the Reasons of the page
  constructor(root, reasons) {
    Object.assign(this, { root, reasons });
    this.batch = Number(root.dataset.batch) || null; // null: the queue has events of several batches
    this.holder = this.part("cards");
    this.queue = null;
    this.opening = null; // a promise of the queue
    this.isDeciding = false;
    this.undoStack = new UndoStack(this.batch, outbox);
    this.timeLeft = new TimeLeft(this.batch ?? "several", sessionStorage, this.part("pace").dataset);
    this.failures = new ClipFailures();
    this.cards = this.makeCards();
    this.leases = new Leases(root.dataset.presence, root.dataset.token, {
      event: () => this.current?.id ?? null,
      onChange: () => (this.current ? this.prepare() : this.queue && this.show()),
    });
    this.stage = new Stage(root, (card) => {
      this.leases.open(card.id);
      this.leases.presence.draw();
    });
    this.answers = new ServerAnswers(this);
    this.earlyVerdicts = new EarlyVerdicts(this.part("early-verdicts"));
  }

  // The card on screen, or null.
  get current() {
    return this.stage.card;
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  makeCards() {
    const handlers = {
      onVerdict: (card, approval, options) => this.verdict(card, approval, options),
      onNote: (card) => saveNote(card, this.undoStack),
      onCorrect: (_, entry, before) => this.undoStack.push(entry, before),
      onUndo: () => this.undo(),
      onRedo: () => this.redo(),
      onLoad: (card, playable) => this.clipLoaded(card.id, playable),
    };
    const urlOf = (ids) => this.cardsUrl(ids);
    return new CardStore(this.holder, { handlers, urlOf, onAdded: (card) => this.attachPile(card) });
  }

  cardsUrl(ids) {
    const shown = new URLSearchParams(this.root.dataset.query);
    const piles = ids.map((id) => ["pile", this.queue.pileOf(id)?.join(",")]);
    const beside = ["compare", "search"].map((name) => [name, shown.get(name)]);
    const query = new URLSearchParams([...piles, ...beside].filter(([, value]) => value)).toString();
    return `/events/${ids.join(",")}/${query && `?${query}`}`;
  }

  attachPile(card) {
    const root = card.part("pile");
    if (!root) return;
    if (!pilesEnabled()) return root.remove();
    card.pile = new Pile(root, card.root, {
      onSplit: (id, isOut) => this.splitFromPile(id, isOut),
      onShowAlone: (id) => this.showAlone(id),
    });
  }

  // Opens the queue at the card that the server put into the page. If there is no card because others hold all events,
  // opens it at its beginning.
  async open() {
    const { queue: url, held } = this.root.dataset;
    const first = this.holder.querySelector(".card");
    if (first) await this.openAt(url, first);
    else if (held) {
      this.queue = await openQueue(url, null);
      this.leases.leaseFor(this.queue);
    }
  }

  async openAt(url, root) {
    const card = this.cards.adopt(root);
    const moment = momentOf(location.search);
    this.stage.show(card);
    if (moment !== null) card.showMoment(moment);
    this.opening = openQueue(url, card.id);
    this.queue = await this.opening;
    card.pile?.keepOnly(this.queue.pileOf(card.id) ?? [card.id]);
    const counted = this.queue.countPlace().catch(() => {}); // without an answer the deck goes on without a place
    counted.then(() => this.drawPlace());
    this.drawPlace();
    this.leases.leaseFor(this.queue);
    this.prepare();
    for (const entry of outbox.refused()) if (this.isAbout(entry)) this.answers.bringBack(entry.event);
  }

  // Whether an entry of the outbox is about an event of this deck.
  isAbout({ batch, event }) {
    if (!event) return false;
    return this.batch ? batch === this.batch : Boolean(this.queue?.ids.includes(event));
  }

  // Fetches the cards around the one on screen and removes the others.
  prepare() {
    this.cards.keepOnly([...this.queue.around(BEHIND, AHEAD), this.current?.id]);
    const [current, ...next] = this.queue.around(0, AHEAD);
    if (current !== undefined) this.cards.prefetch([current], 0);
    this.cards.prefetch(next, BUFFERED);
    this.cards.prefetch(this.queue.around(FETCHED_BEHIND, -1).reverse(), 0);
    const farBehind = this.queue.around(BEHIND, -CLIPS_BEHIND - 1);
    this.cards.releaseClips(farBehind.filter((id) => id !== this.current?.id)); // the next card may not be there yet
    this.queue.refill().then(
      () => this.drawPlace(),
      () => {},
    );
  }

  drawPlace() {
    const { queue } = this;
    setText(this.part("place"), queue.label);
    drawPileSwitch(this.part("piles"), queue.counts ?? { cards: 1, events: 1 });
    setText(this.part("pace"), this.timeLeft.label(queue.left));
    this.part("deck-level").setAttribute("width", `${100 * queue.progress}%`);
  }

  // Shows the queue's current card, or the end. Does nothing if the person has moved on meanwhile.
  async show() {
    const { queue, leases } = this;
    if (!leases.mayShow(queue.current)) {
      const wanted = queue.current;
      await leases.ready();
      if (wanted !== undefined && this.current?.id === queue.current) return;
    }
    leases.renew();
    const id = queue.current;
    this.drawPlace();
    if (id === undefined) return this.showEnd();
    try {
      const card = await this.cards.get(id);
      if (queue.current !== id) return;
      this.stage.show(card);
    } catch {
      toast(gettext("The next card cannot be loaded yet. Trying again."));
      setTimeout(() => queue.current === id && this.current?.id !== id && this.show(), RETRY);
    }
    this.prepare();
  }

  showEnd() {
    this.stage.showEnd(this.queue.held.length ? this.leases.summary : "", this.undoStack.done);
  }

  // Whether the person could read the card, and it is still the current one. A key that is pressed while the next card
  // loads decides nothing.
  mayDecide(card, at) {
    const isLeaving = this.isDeciding || (this.queue && card.id !== this.queue.current);
    return !isLeaving && wasReadable(card.root.dataset.painted, at);
  }

  // options: {reason, note} if they differ from the card's own; alone: without the rest of its pile; at: when the key
  // was pressed, by the clock of the page's events.
  async verdict(card, approval, { alone = false, at = performance.now(), ...options } = {}) {
    if (!this.mayDecide(card, at)) return this.earlyVerdicts.add(card);
    this.isDeciding = true;
    const before = card.root.dataset.approval;
    if (alone) card.pile?.keepOnly([card.id]);
    this.undoStack.push(card.decide(approval, options), before);
    this.reasons.open(approval, card.root.dataset.label);
    this.timeLeft.addVerdict();
    await this.opening; // the first verdict may come before the queue is loaded
    this.isDeciding = false;
    if (alone) this.queue.splitFromPile(card.id);
    this.queue.markDecided();
    this.move(1);
  }

  async undo() {
    this.reasons.close();
    const verdict = this.undoStack.undo();
    if (verdict) await this.showUnsaved(verdict.event, verdict.before, !verdict.saved);
  }

  async redo() {
    this.reasons.close();
    const verdict = this.undoStack.redo();
    if (verdict) await this.showUnsaved(verdict.event, verdict.approval, !verdict.saved);
  }

  addMissed(card, fields) {
    this.undoStack.push(card.addMissed(fields), card.root.dataset.approval);
  }

  // The next card is on screen already; a reason about a value offers the way to give the right one.
  addReason(reason) {
    const event = this.undoStack.addReason(reason);
    if (isAboutValues(reason))
      toast(gettext("Reason added."), { title: gettext("Correct it"), run: () => this.correct(event) });
  }

  async correct(event) {
    await this.goTo(event);
    if (this.current?.id === event) this.current.correction.open();
  }

  repeat(card) {
    const { last } = this.undoStack;
    if (last) card.giveVerdict(last.approval, { reason: last.reason, note: last.note });
    else toast(gettext("Nothing to repeat yet: decide an event first."));
  }

  async showUnsaved(event, approval, unsaved) {
    await this.goTo(event);
    if (this.current?.id === event) this.current.show(approval, unsaved);
  }

  move(steps) {
    if (!this.queue) return;
    this.queue.move(steps);
    if (steps < 0) this.leases.open(this.queue.current); // going back works even if somebody else holds the card
    return this.show();
  }

  skip() {
    if (this.queue?.current === undefined) return;
    this.leases.release(this.queue.current);
    this.queue.skip();
    return this.show();
  }

  async goTo(id) {
    this.leases.open(id);
    if (!this.queue.ids.includes(id)) {
      this.queue.splitFromPile(id);
      this.cards.withAll((card) => card.pile?.takeOut(id));
    }
    this.queue.goTo(id);
    await this.show();
  }

  splitFromPile(id, isOut) {
    if (isOut) this.queue?.splitFromPile(id);
    else this.queue?.rejoinPile(id);
    this.prepare();
  }

  // Shows an event of the pile by itself. A verdict then decides only this event.
  async showAlone(id) {
    await this.opening;
    const { pile } = this.current;
    if (id !== this.current.id) return this.goTo(id);
    this.queue.splitFromPile(id);
    pile.keepOnly([id]);
    pile.toggle();
    this.drawPlace();
    this.prepare();
  }

  clipLoaded(id, playable) {
    this.failures.add(id, playable);
    if (!this.queue) return;
    const postponed = this.failures.take().filter((id) => !this.leases.opened.has(id) && this.queue.postpone(id));
    if (postponed.length) this.prepare();
  }

  // Opens or closes the pile of the card on screen. Returns false if it has none.
  togglePile() {
    if (!this.current?.pile) return false;
    return this.current.pile.toggle();
  }

  togglePileEvent() {
    return this.current?.pile?.toggleFocused() ?? false;
  }

  // Reloads the page after the piles were switched on or off.
  reload() {
    this.queue.forget();
    location.reload();
  }
}
