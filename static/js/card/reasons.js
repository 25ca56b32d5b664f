// The preset reasons, offered for a moment after a rejection: a digit or a click adds one to the verdict just made. The
// next card is on screen already, and no answer is needed.
const TIME_AFTER_KEY = 1500; // milliseconds
const TIME_AFTER_POINTER = 4000;

export class Reasons {
  // root: the element with a list of buttons for each approval; onChoose(reason)
  constructor(root, onChoose) {
    Object.assign(this, { root, onChoose, timer: 0, list: null });
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-reason]");
      if (button) this.choose(button);
    });
    // Who moves onto the list or tabs into it has all the time they need. A page that moves under a resting mouse
    // reports movements of 0, 0.
    root.addEventListener("pointermove", ({ movementX, movementY }) => {
      if (movementX || movementY) clearTimeout(this.timer);
    });
    root.addEventListener("focusin", () => clearTimeout(this.timer));
    root.addEventListener("pointerleave", () => this.list && this.closeLater());
    root.addEventListener("focusout", () => this.list && this.closeLater());
  }

  // about: the label of the event; byKey: whether the verdict was given with a key
  open(approval, about, byKey = true) {
    this.close();
    this.list = this.root.querySelector(`[data-reasons-of="${approval}"]`);
    if (!this.list) return;
    this.root.querySelector("[data-reasons-about]").textContent = about;
    this.list.hidden = this.root.hidden = false;
    this.time = byKey ? TIME_AFTER_KEY : TIME_AFTER_POINTER;
    this.closeLater();
  }

  closeLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), this.time);
  }

  close() {
    clearTimeout(this.timer);
    if (this.list) this.list.hidden = true;
    this.list = null;
    this.root.hidden = true;
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
    this.onChoose(reason);
  }
}
