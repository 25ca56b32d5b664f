// Dragging the ends of the span on the timeline, by mouse or finger: the clip shows the moment under the pointer, and
// the correction strip holds the new value until it is saved or dropped.
import { nearestEnd, secondAt } from "./span_ends.js";

const REACH = { mouse: 8, pen: 12, touch: 20 }; // CSS pixels around an end

export class SpanHandles {
  // card: the Card, whose correction strip gets the values
  constructor(card) {
    Object.assign(this, { card, player: card.player, dragged: null });
    this.bar = card.root.querySelector(".scrub");
    if (!card.correction.form) return;
    // Captured, before the slider below takes the pointer.
    this.bar.addEventListener("pointerdown", (event) => this.take(event), true);
    this.bar.addEventListener("pointermove", (event) => this.move(event), true);
    for (const name of ["pointerup", "pointercancel"]) this.bar.addEventListener(name, () => this.release(), true);
  }

  endAt({ clientX, pointerType }) {
    const { player } = this;
    if (Number.isNaN(player.start) || !player.video.readyState) return null;
    const { left, width } = this.bar.getBoundingClientRect();
    return nearestEnd(player, clientX - left, width, REACH[pointerType] ?? REACH.mouse);
  }

  take(event) {
    const end = event.button === 0 ? this.endAt(event) : null;
    if (!end) return;
    event.preventDefault();
    event.stopPropagation();
    this.bar.setPointerCapture(event.pointerId);
    const { from, to } = this.player; // the timeline stays as it is while an end moves
    this.dragged = { end, from, to };
    this.player.pause();
    this.card.correction.reveal();
  }

  move(event) {
    if (!this.dragged) return this.bar.toggleAttribute("data-at-end", Boolean(this.endAt(event)));
    event.preventDefault();
    event.stopPropagation();
    const { left, width } = this.bar.getBoundingClientRect();
    const second = secondAt(this.dragged, event.clientX - left, width, this.player, this.dragged.end);
    this.player.jump(second);
    this.card.correction.setValue(this.dragged.end === "start" ? "start_s" : "end_s", second);
  }

  release() {
    this.dragged = null;
  }
}
