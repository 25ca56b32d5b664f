// A verdict counts only for a card that could be seen. An earlier key press decides nothing: the card shows it for a
// moment and the bar of the deck counts it, so that nobody takes it for a verdict.
import { ngettext } from "../shared/texts.js";

const READABLE_AFTER = 120; // milliseconds on screen
const MARKED_FOR = 500;

// Notes the moment at which the card is painted, by the clock of the page's events.
export function notePainting(root) {
  delete root.dataset.painted;
  const note = () => root.setAttribute("data-painted", performance.now());
  requestAnimationFrame(() => requestAnimationFrame(note)); // the second frame begins when the first one is painted
}

// painted: when the card was painted, as in its data; undefined before that. at: when the verdict was pressed
export const wasReadable = (painted, at) => at - Number(painted) >= READABLE_AFTER;

export class EarlyVerdicts {
  // node: the element with the count
  constructor(node) {
    Object.assign(this, { node, count: 0, timers: new WeakMap() });
  }

  // card: the one on screen when it was pressed
  add({ root }) {
    this.count += 1;
    this.node.textContent = ngettext("{count} pressed too early", "{count} pressed too early", this.count);
    this.node.hidden = false;
    root.dataset.tooEarly = "";
    clearTimeout(this.timers.get(root));
    const unmark = () => delete root.dataset.tooEarly;
    this.timers.set(root, setTimeout(unmark, MARKED_FOR));
  }
}
