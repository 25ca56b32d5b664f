// The cards of a deck that are in the page: fetched before they are needed, their clips buffered, and removed again.
import { Card } from "../card/card.js";
import { ICONS, setIcon } from "../shared/dom.js";
import { CARD_REFRESHED, on } from "../shared/events.js";
import { requestPartial } from "../shared/http.js";
import { preventScroll } from "./swipes.js";

const ignore = () => {}; // a card that cannot be fetched is reported where it is to be shown

// Shows the state of an event in the strips of neighbours below `root`.
function markState(root, { id, approval }) {
  for (const link of root.querySelectorAll(`[data-goto="${id}"]`)) {
    link.className = `strip-event state-${approval}`;
    setIcon(link, ICONS[approval]);
  }
}

export class CardStore {
  // holder: the element around the cards; handlers: as for Card; urlOf(ids): address of their cards; onAdded(card)
  constructor(holder, { handlers, urlOf, onAdded }) {
    Object.assign(this, { holder, handlers, urlOf, onAdded });
    this.cards = new Map(); // event → promise of its Card
    this.states = new Map(); // event → its state as the server told it last
    on(CARD_REFRESHED, ({ root }) => this.with(Number(root.dataset.event), (card) => card.showStored()));
  }

  make(root) {
    preventScroll(root.querySelector(".screen"));
    const card = new Card(root, this.handlers);
    this.onAdded(card);
    return card;
  }

  // Adds the card of an element that the server put into the page.
  adopt(root) {
    const card = this.make(root);
    this.cards.set(card.id, Promise.resolve(card));
    return card;
  }

  // page: a promise of the document with the card
  async load(id, page) {
    const root = (await page).querySelector(`article[data-event="${id}"]`);
    if (!root) throw new Error("No card of this event");
    root.removeAttribute("id");
    root.hidden = true;
    this.holder.append(root);
    for (const state of this.states.values()) markState(root, state); // saved while the card was on its way
    return this.make(root);
  }

  // Fetches those of these cards that are not in the page yet, together.
  loadMissing(ids) {
    const missing = ids.filter((id) => !this.cards.has(id));
    const page = missing.length && requestPartial(this.urlOf(missing), "card");
    for (const id of missing) {
      const card = this.load(id, page);
      this.cards.set(id, card);
      card.catch(() => this.cards.delete(id));
    }
  }

  // Resolves to the card of this event, fetched where it is not in the page yet.
  get(id) {
    this.loadMissing([id]);
    return this.cards.get(id);
  }

  // Runs on the card of this event, where it is in the page.
  with(id, run) {
    this.cards.get(id)?.then(run, ignore);
  }

  withAll(run) {
    for (const card of this.cards.values()) card.then(run, ignore);
  }

  // Loads the clips of the first `buffered` of these events; of the others only the cards.
  prefetch(ids, buffered) {
    this.loadMissing(ids);
    ids.forEach((id, index) => {
      const card = this.get(id);
      if (index < buffered) card.then(({ player }) => player.load()).catch(ignore);
      else card.catch(ignore);
    });
  }

  // Stops the clips of these cards; one that comes on screen again loads its clip again.
  releaseClips(ids) {
    for (const id of ids)
      this.with(id, ({ player }) => player.url && (player.loaded || player.nextTry) && player.close());
  }

  keepOnly(ids) {
    for (const id of this.cards.keys()) if (!ids.includes(id)) this.remove(id);
  }

  remove(id) {
    this.with(id, (card) => card.close());
    this.cards.delete(id);
  }

  // Forgets the card without removing its element; resolves to the card, or null where it was not in the page.
  async forget(id) {
    const card = await this.cards.get(id)?.catch(() => null);
    if (card) this.cards.delete(id);
    return card ?? null;
  }

  // Shows what the server knows about an event now, on its card, in piles and in strips.
  update(state) {
    this.with(state.id, (card) => card.update(state));
    this.withAll((card) => card.pile?.update(state));
    this.states.set(state.id, state);
    markState(this.holder, state);
  }
}
