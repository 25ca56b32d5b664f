// Buttons that copy the text of a field.
import { toast } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
  toast(gettext("Copied."));
});
