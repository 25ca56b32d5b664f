// Enter in a note saves the note and decides nothing: it is added to the verdict that this person gave on the event, or
// waits in its field for the verdict to come.
import { toast } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";

export function saveNote(card, undoStack) {
  const text = card.note.value.trim();
  if (!text) return;
  if (!undoStack.addNote(card.id, text))
    return toast(gettext("Note kept. It will be saved with your verdict on this event."));
  card.note.value = "";
  card.note.dispatchEvent(new Event("input", { bubbles: true }));
  toast(gettext("Note added to your verdict."));
}
