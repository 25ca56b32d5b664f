// The panel in which a person marks an event that the vendor missed, while anything plays: the first press of its key
// sets the start to the playhead, the second one the end. Then it asks for label, category and severity.

import { gettext } from "../shared/texts.js";
import { missedEntry, missedSpan } from "./missed_entry.js";
import { offerValues } from "./offered_values.js";
import { checkSpan } from "./span_limits.js";

const EITHER_FIRST = { mayBeBackwards: true }; // whichever end is marked first

export class Missed {
  // form: the only one of the page, or null; current(): the card on screen, or null; onSave(card, fields)
  constructor(form, current, onSave) {
    Object.assign(this, { form, onSave, card: null });
    if (!form) return;
    form.hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    form.addEventListener("click", ({ target }) => this.onClick(target));
    document.addEventListener("click", ({ target }) => {
      if (target.closest("[data-mark-missed]") && current()) this.press(current());
    });
    form.addEventListener("keydown", (event) => {
      if (event.target.closest("[data-missed-box]")) this.card.boxHandles.press(event);
    });
    form.addEventListener("input", () => {
      form.elements.correct_label.setCustomValidity("");
      checkSpan(form, undefined, EITHER_FIRST);
    });
  }

  get isOpen() {
    return Boolean(this.form && !this.form.hidden);
  }

  onClick(target) {
    const chip = target.closest("[data-severity]");
    if (chip) this.setSeverity(chip);
    else if (target.closest("[data-missed-end]")) this.setEnd();
    else if (target.closest("[data-missed-box]")) this.card.boxHandles.start();
    else if (target.closest("[data-missed-close]")) this.drop();
  }

  // The key: opens the panel, then sets the end.
  press(card) {
    if (!this.form) return false;
    if (this.isOpen && this.card === card) this.setEnd();
    else this.open(card);
    return true;
  }

  open(card) {
    const { video } = card.player;
    this.card?.box?.showMissed(null);
    this.card = card;
    this.form.reset();
    this.form.hidden = false;
    const { box, boxHandles } = card;
    box?.showMissed(this.form.elements.correct_box);
    this.form.querySelector("[data-missed-box]").hidden = !boxHandles || !box.size;
    const plays = video.readyState > 0;
    for (const name of ["correct_start_s", "correct_end_s"]) {
      this.form.elements[name].closest("label").hidden = !card.player.url; // a document has no span
    }
    this.form.querySelector("[data-missed-end]").hidden = !plays;
    if (plays) this.form.elements.correct_start_s.value = video.currentTime.toFixed(2);
    else this.form.elements.correct_label.focus();
    offerValues(this.form, card.root.querySelector("[data-values]")?.dataset.values ?? this.form.dataset.values);
  }

  setEnd() {
    const { video } = this.card.player;
    if (video.readyState) this.form.elements.correct_end_s.value = video.currentTime.toFixed(2);
    this.form.elements.correct_label.focus();
  }

  // Returns whether the digit chose a severity.
  digit({ key }) {
    const chip = this.isOpen ? this.form.querySelectorAll("[data-severity]")[Number(key) - 1] : null;
    if (chip) this.setSeverity(chip);
    return Boolean(chip);
  }

  setSeverity(chip) {
    this.form.elements.correct_severity.value = chip.dataset.severity;
  }

  // Returns whether it was open.
  drop() {
    if (!this.isOpen) return false;
    this.form.hidden = true;
    this.card.box?.showMissed(null);
    this.card = null;
    return true;
  }

  save() {
    const { elements } = this.form;
    const fields = missedEntry(new FormData(this.form));
    if (!fields.correct_label && !fields.correct_category) {
      elements.correct_label.setCustomValidity(gettext("Give a label or a category."));
    }
    const { card } = this;
    checkSpan(this.form, card.player.video.duration, EITHER_FIRST);
    if (!this.form.reportValidity()) return;
    const span = missedSpan(fields, card.player.video.duration);
    document.activeElement?.blur();
    this.drop();
    this.onSave(card, { ...fields, ...span });
  }
}
