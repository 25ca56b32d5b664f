// Dragging the box of the event on its picture while the correction strip is open: its sides and corners, or all of it,
// by mouse, finger or arrow keys. The strip holds the new box until it is saved or dropped.
import { gripAt, moved } from "../clip/box_shape.js";

const REACH = { mouse: 8, pen: 12, touch: 22 }; // CSS pixels around an edge
const NEW = [0.35, 0.35, 0.3, 0.3];
const STEP = 0.01; // of the picture, by an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const WHOLE = { x: 0, y: 0 };
const LAST_CORNER = { x: 1, y: 1 };

export class BoxHandles {
  // card: the Card, whose correction strip gets the box
  constructor(card) {
    Object.assign(this, { card, correction: card.correction, held: null, hasMoved: false });
    if (!this.correction.form || !card.box) return;
    const screen = card.part("player");
    // Captured, before a click plays and a finger swipes.
    screen.addEventListener("pointerdown", (event) => this.take(event), true);
    screen.addEventListener("pointermove", (event) => this.move(event), true);
    for (const name of ["pointerup", "pointercancel"]) screen.addEventListener(name, () => this.release(), true);
    screen.addEventListener("touchstart", (event) => this.held && event.preventDefault(), { passive: false });
    screen.addEventListener("click", (event) => this.afterDrag(event), true);
    card.root.addEventListener("click", ({ target }) => target.closest("[data-box-button]") && this.start());
    card.root.addEventListener("keydown", (event) => this.press(event));
  }

  gripAt(event) {
    const { box } = this.card;
    if (!this.correction.isOpen || !box.value || !this.card.player.video.videoWidth) return null;
    const point = box.pointAt(event);
    const reach = REACH[event.pointerType] ?? REACH.mouse;
    const grip = gripAt(box.value, point, [reach * point.px[0], reach * point.px[1]]);
    return grip && { grip, point, box: box.value };
  }

  take(event) {
    this.hasMoved = false;
    this.held = event.button === 0 && event.isPrimary ? this.gripAt(event) : null;
    if (!this.held) return;
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    this.card.player.pause();
  }

  move(event) {
    const screen = event.currentTarget;
    if (!this.held) {
      const at = this.gripAt(event)?.grip;
      screen.dataset.grip = at ? `${at.x}${at.y}` : "";
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const { grip, point, box } = this.held;
    const { x, y } = this.card.box.pointAt(event);
    this.hasMoved = true;
    this.set(moved(box, grip, x - point.x, y - point.y));
  }

  release() {
    this.held = null;
  }

  afterDrag(event) {
    if (!this.hasMoved) return;
    this.hasMoved = false;
    event.stopPropagation();
  }

  // A new box in the middle, where there is none.
  start() {
    this.card.part("player").removeAttribute("data-without-box");
    if (!this.card.box.value) this.set(NEW);
  }

  press(event) {
    const by = event.target.closest("[data-box-button]") && ARROWS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.start();
    const grip = event.shiftKey ? LAST_CORNER : WHOLE;
    this.set(moved(this.card.box.value, grip, by[0] * STEP, by[1] * STEP));
  }

  set(box) {
    this.correction.field("box").value = box.join(" ");
    this.card.box.draw();
  }
}
