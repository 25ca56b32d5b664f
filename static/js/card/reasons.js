// The preset reasons, offered after a rejection until the next verdict or Esc: a digit or a click adds one to the
// verdict just made. The next card is on screen already, and no answer is needed.
import { verdictWord } from "../shared/dom.js";
import { mostUsedFirst, ReasonUsage } from "./reason_usage.js";

export class Reasons {
  // root: the element with a list of buttons for each approval; onChoose(reason)
  constructor(root, onChoose) {
    Object.assign(this, { root, onChoose, list: null });
    this.usage = new ReasonUsage(localStorage, document.body.dataset.user);
    for (const list of root.querySelectorAll("[data-reasons-of]")) this.sort(list);
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-reason]");
      if (button) this.choose(button);
      else if (target.closest("[data-reasons-close]")) this.close();
    });
  }

  sort(list) {
    const rows = new Map([...list.children].map((row) => [row.querySelector("[data-reason]").dataset.reason, row]));
    const sorted = mostUsedFirst([...rows.keys()], this.usage.counts).map((reason) => rows.get(reason));
    list.replaceChildren(...sorted);
    sorted.forEach((row, index) => {
      row.querySelector("kbd").textContent = index + 1;
    });
  }

  // about: the label of the event
  open(approval, about) {
    this.close();
    this.list = this.root.querySelector(`[data-reasons-of="${approval}"]`);
    if (!this.list) return;
    this.root.querySelector("[data-reasons-verdict]").textContent = verdictWord(approval);
    this.root.querySelector("[data-reasons-about]").textContent = about;
    this.list.hidden = this.root.hidden = false;
    this.list.scrollLeft = 0;
  }

  // Returns whether they were open.
  close() {
    const wasOpen = Boolean(this.list);
    if (wasOpen) this.list.hidden = true;
    this.list = null;
    this.root.hidden = true;
    return wasOpen;
  }

  // Returns whether the digit chose a reason.
  press({ key, code }) {
    const digit = /^\d$/.test(key) ? key : code.slice("Digit".length);
    const button = this.list?.querySelectorAll("[data-reason]")[Number(digit) - 1];
    if (!button) return false;
    this.choose(button);
    return true;
  }

  choose(button) {
    const { reason } = button.dataset;
    this.close();
    this.usage.add(reason);
    this.onChoose(reason);
  }
}
