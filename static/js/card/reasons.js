// The preset reasons, for a moment after a rejection: a digit or a click adds one to the verdict just made. Nothing has to
// be answered: the next card is there already, and what is not chosen in time is not needed.
const AFTER_A_KEY = 1500; // milliseconds
const AFTER_A_POINTER = 4000;

export class Reasons {
  // root: the element with a list of buttons for each approval; onChoose(reason)
  constructor(root, onChoose) {
    Object.assign(this, { root, onChoose, timer: 0, list: null });
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-reason]");
      if (button) this.choose(button);
    });
    // Whoever moves onto it or tabs into it has the time they need. (A page that moves under a resting mouse says 0, 0.)
    root.addEventListener("pointermove", (event) => (event.movementX || event.movementY) && clearTimeout(this.timer));
    root.addEventListener("focusin", () => clearTimeout(this.timer));
    root.addEventListener("pointerleave", () => this.list && this.wait());
    root.addEventListener("focusout", () => this.list && this.wait());
  }

  open(approval, about, byKey = true) {
    this.close();
    this.list = this.root.querySelector(`[data-reasons-of="${approval}"]`);
    if (!this.list) return;
    this.root.querySelector("[data-reasons-about]").textContent = about;
    this.list.hidden = this.root.hidden = false;
    this.time = byKey ? AFTER_A_KEY : AFTER_A_POINTER;
    this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), this.time);
  }

  close() {
    clearTimeout(this.timer);
    if (this.list) this.list.hidden = true;
    this.list = null;
    this.root.hidden = true;
  }

  // A digit, while it means something.
  press(event) {
    const digit = /^\d$/.test(event.key) ? event.key : event.code.slice(5);
    const button = this.list?.querySelectorAll("[data-reason]")[Number(digit) - 1];
    if (!button) return false;
    this.choose(button);
    return true;
  }

  choose(button) {
    const reason = button.dataset.reason;
    this.close();
    this.onChoose(reason);
  }
}
