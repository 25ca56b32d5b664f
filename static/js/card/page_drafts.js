// The drafts of the person who is signed in, in this tab.
import { on, VERDICT_SAVED } from "../shared/events.js";
import { Drafts } from "./drafts.js";

const drafts = new Drafts(sessionStorage, document.body.dataset.user);
on(VERDICT_SAVED, ({ entry }) => drafts.removeSaved(entry));

// Fills the field with the draft of the event, and stores what is typed from now on.
export function keepDraft(field, event) {
  field.value ||= drafts.read(event);
  field.addEventListener("input", () => drafts.write(event, field.value));
}
