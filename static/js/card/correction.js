// The strip under the picture in which a person corrects label, category, severity, span and box. Only changed fields
// are sent.
import { changedValues } from "./changed_values.js";
import { offerValues } from "./offered_values.js";
import { checkSpan } from "./span_limits.js";

export class Correction {
  // card: the Card; onSave(values, approval, options): without an approval only values are corrected
  constructor(card, onSave) {
    Object.assign(this, { card, onSave });
    const { root } = card;
    if (!this.form) return;
    root.dataset.correcting = "no"; // on the card, as a refresh replaces the form
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.toggle());
    root.addEventListener("submit", (event) => {
      if (event.target !== this.form) return;
      event.preventDefault();
      this.save(event.submitter?.value);
    });
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-correction] input")) return;
      event.preventDefault();
      this.save("approved");
    });
    root.addEventListener("input", ({ target }) => target.form === this.form && checkSpan(this.form));
    root.addEventListener("click", ({ target }) => this.onClick(target));
  }

  // A refresh of the card replaces the form.
  get form() {
    return this.card.part("correction");
  }

  get button() {
    return this.card.part("correct");
  }

  get isOpen() {
    return this.card.root.dataset.correcting === "yes";
  }

  field(name) {
    return this.form.elements[`correct_${name}`];
  }

  onClick(target) {
    if (target.closest("[data-severity]")) this.setSeverity(target.closest("[data-severity]").dataset.severity);
    else if (target.closest("[data-set-in]")) this.setMoment("start_s");
    else if (target.closest("[data-set-out]")) this.setMoment("end_s");
    else if (target.closest("[data-correction-close]")) this.drop();
  }

  toggle() {
    if (this.isOpen) this.drop();
    else this.open();
  }

  open() {
    if (!this.form) return false;
    this.show(true);
    this.field("label").focus();
    this.field("label").select();
    offerValues(this.form, this.form.dataset.values);
    return true;
  }

  // `data-unsaved` keeps what is being typed when the card is refreshed.
  show(on) {
    this.card.root.dataset.correcting = on ? "yes" : "no";
    this.form.querySelector("[data-correction-close]").hidden = !on;
    const hasClip = Boolean(this.card.part("player").dataset.clip);
    this.form.querySelector("[data-on-picture]").hidden = !hasClip && !this.card.box?.poster;
    for (const button of this.form.querySelectorAll("[data-playhead]")) button.hidden = !hasClip;
    this.form.querySelector("[data-correction-fields]").toggleAttribute("data-unsaved", on);
    this.button.setAttribute("aria-expanded", on);
    this.card.box?.draw();
  }

  // Opens the strip without taking the focus from the clip.
  reveal() {
    if (!this.isOpen) this.show(true);
  }

  // An end of the span in seconds, in the field and on the timeline.
  setValue(name, second) {
    this.field(name).value = second.toFixed(2);
    checkSpan(this.form);
    this.card.showSpan({ [name === "start_s" ? "start" : "end"]: second });
  }

  // Closes the strip without its changes. Returns whether it was open.
  drop() {
    if (!this.isOpen) return false;
    this.form.reset();
    checkSpan(this.form);
    this.show(false);
    this.card.showStored();
    return true;
  }

  save(approval, options) {
    const values = changedValues([...this.form.elements].filter(({ name }) => name?.startsWith("correct_")));
    checkSpan(this.form, this.card.player.video.duration);
    if (!this.form.reportValidity()) return;
    this.show(false);
    document.activeElement?.blur();
    if (Object.keys(values).length || approval) this.onSave(values, approval, options);
  }

  // Enter outside a field, e.g. after a digit or the key that sets an end. Returns whether the strip was open.
  enter() {
    return this.takes("approved");
  }

  // A verdict while the strip is open is one with its values. Returns whether it was open.
  takes(approval, options) {
    if (!this.isOpen) return false;
    this.save(approval, options);
    return true;
  }

  // Returns whether the digit chose a severity.
  press({ key }) {
    const chip = this.isOpen ? this.form.querySelectorAll("[data-severity]")[Number(key) - 1] : null;
    if (chip) this.setSeverity(chip.dataset.severity);
    return Boolean(chip);
  }

  setSeverity(word) {
    this.field("severity").value = word;
  }

  // Sets an end of the span to the playhead, and opens the strip for it.
  setMoment(name) {
    const { video } = this.card.player;
    if (!this.form || !video.readyState) return false;
    this.reveal();
    this.setValue(name, video.currentTime);
    return true;
  }
}
