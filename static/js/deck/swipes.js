// Touch: right approves, left rejects, up skips. The picture follows the finger, unless the system asks for less
// motion; a label on it says what letting go would do.
import { element, prefersReducedMotion } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";
import { swipeMeaning } from "./swipe_direction.js";

const LABELS = { approved: gettext("Approve"), rejected: gettext("Reject"), skip: gettext("Skip") };

// Browsers read a quick flick as a scroll and take the next tap as its end; a screen does not scroll.
export function preventScroll(screen) {
  const prevent = (event) => event.touches.length === 1 && event.cancelable && event.preventDefault();
  screen.addEventListener("touchmove", prevent, { passive: false });
}

// What is entered beside the picture, or drawn on it, would be lost with a verdict.
const isWorkedOn = (screen) =>
  screen.closest("[data-correcting=yes]") || document.querySelector("[data-missed]:not([hidden])");

class Swipes {
  constructor(onSwipe) {
    Object.assign(this, { onSwipe, swipe: null });
  }

  start(event) {
    const screen = event.target.closest(".screen");
    if (this.swipe) return this.end(); // a second finger pinches
    if (!screen || event.pointerType === "mouse" || !event.isPrimary || isWorkedOn(screen)) return;
    const hint = element("span", "swipe-hint");
    screen.append(hint);
    this.swipe = { screen, hint, id: event.pointerId, x: event.clientX, y: event.clientY };
  }

  move(event) {
    if (event.pointerId !== this.swipe?.id) return;
    const { screen, hint } = this.swipe;
    const x = event.clientX - this.swipe.x;
    const y = Math.min(0, event.clientY - this.swipe.y);
    screen.dataset.swipe = swipeMeaning(x, y);
    hint.textContent = LABELS[screen.dataset.swipe] ?? "";
    if (!prefersReducedMotion()) screen.style.translate = `${x}px ${y}px`;
  }

  finish(event) {
    if (event.pointerId !== this.swipe?.id) return;
    const meaning = swipeMeaning(event.clientX - this.swipe.x, event.clientY - this.swipe.y);
    this.end();
    if (meaning) this.onSwipe(meaning);
  }

  end() {
    if (!this.swipe) return;
    const { screen, hint } = this.swipe;
    screen.style.translate = "";
    delete screen.dataset.swipe;
    hint.remove();
    this.swipe = null;
  }
}

// holder: the element around the cards; onSwipe("approved" | "rejected" | "skip")
export function listenToSwipes(holder, onSwipe) {
  const swipes = new Swipes(onSwipe);
  holder.addEventListener("pointerdown", (event) => swipes.start(event));
  holder.addEventListener("pointermove", (event) => swipes.move(event));
  holder.addEventListener("pointerup", (event) => swipes.finish(event));
  holder.addEventListener("pointercancel", () => swipes.end());
}
