// What the server's answers to verdicts change in a deck: states, events left out of a pile, refused verdicts.
import { rememberFields } from "../saving/changed_fields.js";
import { toast } from "../shared/dom.js";
import { CONFLICT_RESOLVED, on, VERDICT_REFUSED, VERDICT_SAVED } from "../shared/events.js";
import { gettext, ngettext } from "../shared/texts.js";

const isVerdict = ({ kind }) => ["decide", "correct", "bulk"].includes(kind);

export class ServerAnswers {
  constructor(deck) {
    this.deck = deck;
    on(VERDICT_SAVED, (saved) => this.onSaved(saved));
    on(VERDICT_REFUSED, ({ entry, answer }) => this.onRefused(entry, answer.event));
    on(CONFLICT_RESOLVED, ({ event }) => deck.current?.id === event && deck.move(1));
  }

  onSaved({ entry, answer }) {
    const { cards } = this.deck;
    if (entry.kind === "flag") return cards.with(entry.event, (card) => card.showFlag(answer.event.flagged));
    for (const state of answer.events) cards.update(state);
    if (entry.kind === "missed") return toast(gettext("Missed event added."));
    if (answer.skipped?.length) this.requeueSkipped(answer.skipped);
    if (isVerdict(entry)) return;
    const { length } = answer.events;
    if (length > 1 && entry.kind === "undo")
      toast(ngettext("Undone: {count} event.", "Undone: {count} events.", length));
    else if (length > 1) toast(ngettext("Redone: {count} event.", "Redone: {count} events.", length));
    if (!entry.event && answer.event) this.deck.goTo(answer.event.id);
  }

  // Events of a pile that somebody else decided first, or the vendor changed: each comes next, as it is now.
  requeueSkipped(events) {
    const { deck } = this;
    toast(
      ngettext(
        "{count} event of the pile was decided or changed meanwhile and left out. It comes next.",
        "{count} events of the pile were decided or changed meanwhile and left out. They come next.",
        events.length,
      ),
    );
    const isOnScreen = events.some(({ id }) => id === deck.current?.id);
    for (const { id } of events) {
      deck.cards.remove(id);
      deck.queue.requeueNext(id);
    }
    if (deck.current && !isOnScreen) deck.prepare();
    else deck.show();
  }

  onRefused(entry, state) {
    if (state) this.deck.cards.update(state);
    if (isVerdict(entry) && this.deck.isAbout(entry)) this.bringBack(entry.event);
  }

  // The card of a refused verdict comes again, right after the one on screen, as it is now.
  async bringBack(id) {
    const { deck } = this;
    await deck.opening;
    const card = await deck.cards.forget(id);
    if (card) {
      rememberFields(card.root);
      if (deck.current === card) card.isReplaced = true;
      else card.close();
    }
    deck.queue.bringBack(id);
    deck.leases.open(id);
    if (deck.current && deck.queue.current !== id) deck.prepare();
    else deck.show();
  }
}
