// Dragging a box on its picture while an event is corrected or a missed one is marked: its sides and corners, or all of
// it, by mouse, finger or arrow keys. The form holds the new box until it is saved or dropped.
import { gripAt, moved } from "../clip/box_shape.js";
import { onDrag, pointAt } from "../clip/drag.js";
import { ARROWS } from "./arrow_keys.js";

const REACH = { mouse: 8, pen: 12, touch: 22 }; // CSS pixels around an edge
const NEW = [0.35, 0.35, 0.3, 0.3];
const STEP = 0.01; // of the picture, by an arrow key
const WHOLE = { x: 0, y: 0 };
const LAST_CORNER = { x: 1, y: 1 };

export class BoxHandles {
  // card: the Card or the watched video, whose Box says which form gets the box
  constructor(card) {
    Object.assign(this, { card, held: null });
    if (!card.box) return;
    onDrag(card.part("player"), {
      take: (event) => this.take(event),
      move: (event) => this.move(event),
      hover: (event) => this.hover(event),
    });
    card.root.addEventListener("click", ({ target }) => target.closest("[data-box-button]") && this.start());
    card.root.addEventListener("keydown", (event) => this.press(event));
  }

  gripAt(event) {
    const { box } = this.card;
    if (!box.isEdited || !box.value || !box.size) return null;
    const point = pointAt(box.svg, event);
    const reach = REACH[event.pointerType] ?? REACH.mouse;
    const grip = gripAt(box.value, point, [reach * point.px[0], reach * point.px[1]]);
    return grip && { grip, point, box: box.value };
  }

  take(event) {
    this.held = this.gripAt(event);
    if (this.held) this.card.player.pause();
    return Boolean(this.held);
  }

  hover(event) {
    const grip = this.gripAt(event)?.grip;
    this.card.part("player").dataset.grip = grip ? `${grip.x}${grip.y}` : "";
  }

  move(event) {
    const { grip, point, box } = this.held;
    const { x, y } = pointAt(this.card.box.svg, event);
    this.set(moved(box, grip, x - point.x, y - point.y));
  }

  // A new box in the middle, where there is none.
  start() {
    if (!this.card.box.field) return;
    this.card.part("player").removeAttribute("data-without-box");
    this.card.player.pause();
    this.card.part("player").scrollIntoView({ block: "nearest" }); // on a phone the form may have moved it out
    if (!this.card.box.value) this.set(NEW);
  }

  press(event) {
    const by = event.target.closest("[data-box-button], [data-missed-box]") && ARROWS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.start();
    const grip = event.shiftKey ? LAST_CORNER : WHOLE;
    this.set(moved(this.card.box.value, grip, by[0] * STEP, by[1] * STEP));
  }

  set(box) {
    this.card.box.field.value = box.join(" ");
    this.card.box.draw();
  }
}
