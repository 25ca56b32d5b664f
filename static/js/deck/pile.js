// The pile of one card on screen: near-identical events that one verdict decides. It opens on demand, and events can be
// taken out of it.
import { IS_RIGHT_TO_LEFT } from "../shared/texts.js";

const RIGHT = IS_RIGHT_TO_LEFT ? -1 : 1;
const STEPS = { ArrowLeft: -RIGHT, ArrowUp: -1, ArrowRight: RIGHT, ArrowDown: 1 };
const idOf = (node) => Number(node.dataset.pileEvent);

export class Pile {
  // root: the <details data-pile> of the card; onSplit(id, isOut): an event was taken out or put back; onShowAlone(id):
  // an event is to be shown by itself
  constructor(root, card, { onSplit, onShowAlone }) {
    Object.assign(this, { root, card, onSplit, onShowAlone });
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("keydown", (event) => this.press(event));
    this.draw();
  }

  get nodes() {
    return [...this.root.querySelectorAll("[data-pile-event]")];
  }

  nodeOf(id) {
    return this.nodes.find((node) => idOf(node) === id);
  }

  // What a verdict decides now: [[number, version, fingerprint]], the card's own event first.
  get verdictEvents() {
    return this.nodes
      .filter((node) => !("out" in node.dataset))
      .map((node) => [idOf(node), Number(node.dataset.version), node.dataset.fingerprint]);
  }

  click(event) {
    const node = event.target.closest("[data-pile-event]");
    if (!node || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("[data-split]")) this.toggleNode(node);
    if (!event.target.closest("[data-show-alone]")) return;
    event.preventDefault();
    event.stopPropagation();
    this.onShowAlone(idOf(node));
  }

  toggle() {
    this.root.open = !this.root.open;
    if (this.root.open) this.root.querySelector("[data-show-alone]").focus();
    else this.card.focus({ preventScroll: true });
  }

  // Arrows move between the pictures, Escape goes back to the card.
  press(event) {
    const steps = STEPS[event.key];
    const { nodes } = this;
    const index = nodes.indexOf(event.target.closest("[data-pile-event]"));
    if (event.key === "Escape" && this.root.open) this.toggle();
    else if (steps && !event.shiftKey && index >= 0) {
      const next = Math.max(0, Math.min(nodes.length - 1, index + steps));
      nodes[next].querySelector("[data-show-alone]").focus();
    } else return;
    event.preventDefault();
  }

  // Takes the focused event out of the pile, or puts it back. Returns false if no such event has the focus.
  toggleFocused() {
    const node = document.activeElement?.closest("[data-pile-event]");
    if (!node || !this.root.contains(node) || !node.querySelector("[data-split]")) return false;
    return this.toggleNode(node);
  }

  toggleNode(node) {
    const isOut = !("out" in node.dataset);
    this.setOut(node, isOut);
    this.onSplit(idOf(node), isOut);
  }

  // Takes all other events out without calling onSplit, because the caller changes the queue.
  keepOnly(ids) {
    for (const node of this.nodes) if (!ids.includes(idOf(node))) this.setOut(node, true);
  }

  takeOut(id) {
    const node = this.nodeOf(id);
    if (node) this.setOut(node, true);
  }

  setOut(node, isOut) {
    node.toggleAttribute("data-out", isOut);
    node.querySelector("[data-split]")?.setAttribute("aria-pressed", isOut);
    this.draw();
  }

  draw() {
    const count = this.verdictEvents.length;
    this.root.querySelector("[data-pile-count]").textContent = count;
    for (const text of this.card.querySelectorAll("[data-verdicts] .verdict > span")) {
      if (count > 1) text.dataset.count = count;
      else delete text.dataset.count;
    }
  }

  // Stores the server's current state of one of the events.
  update({ id, version, fingerprint, approval }) {
    const node = this.nodeOf(id);
    if (node) Object.assign(node.dataset, { version, fingerprint, approval });
  }
}
