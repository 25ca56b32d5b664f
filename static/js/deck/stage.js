// What is on screen in a deck: one card, or that everything left is under review by others, or the end.
import { refreshCard } from "../card/refresh.js";
import { prefersReducedMotion } from "../shared/dom.js";
import { CARD_SHOWN, emit } from "../shared/events.js";
import { notePainting } from "./early_verdicts.js";
import { Finish } from "./finish.js";

function centerStrip(card) {
  const strip = card.root.querySelector(".strip");
  const here = strip.querySelector("[aria-current]");
  strip.scrollLeft = here ? here.offsetLeft - strip.clientWidth / 2 : 0;
}

// The page of a phone keeps its position, and a card that comes back that of its facts: the next look is at the clip.
function scrollToClip(card) {
  scrollTo({ top: 0, behavior: "instant" });
  card.root.querySelector(".facts").scrollTop = 0;
}

export class Stage {
  // root: the element of the deck; onShow(card): it is on screen now
  constructor(root, onShow) {
    Object.assign(this, { root, onShow });
    this.card = null;
    this.held = root.querySelector("[data-held-state]");
    this.finish = new Finish(root.querySelector("[data-done]"));
  }

  // Full screen ends with its card: the next one is judged by its title as well.
  hideCard() {
    if (document.fullscreenElement) document.exitFullscreen();
    this.card.player.pause();
    this.card.root.hidden = true;
  }

  // The card before loses its place; one that was replaced meanwhile leaves the page.
  leaveCard() {
    this.hideCard();
    this.card.root.removeAttribute("id");
    if (this.card.isReplaced) this.card.close();
  }

  show(card) {
    const isAnother = this.card !== card;
    if (this.card && isAnother) this.leaveCard();
    if (isAnother) notePainting(card.root);
    this.card = card;
    this.finish.hide();
    this.held.hidden = true;
    card.root.hidden = false;
    card.root.id = "card";
    card.transport.applySpeed();
    card.telemetry.show();
    card.view.showLight();
    refreshCard(card.root);
    emit(CARD_SHOWN);
    this.onShow(card);
    card.root.focus({ preventScroll: true });
    if (isAnother) scrollToClip(card);
    centerStrip(card);
    if (prefersReducedMotion()) card.player.load();
    else card.player.play();
    this.updateAddress();
  }

  updateAddress() {
    const query = new URLSearchParams(this.root.dataset.query);
    query.set("event", this.card.id);
    history.replaceState(null, "", `?${query}`);
  }

  // summary: who reviews what is left; empty where nothing is. done: the verdicts of this visit
  showEnd(summary, done) {
    if (this.card) this.hideCard();
    this.card = null;
    emit(CARD_SHOWN);
    if (summary) return this.showHeld(summary);
    this.held.hidden = true;
    this.finish.show(done);
  }

  showHeld(summary) {
    const wasHidden = this.held.hidden;
    this.finish.hide();
    this.held.hidden = false;
    this.held.querySelector("[data-held-summary]").textContent = summary;
    if (wasHidden) this.held.focus();
  }
}
