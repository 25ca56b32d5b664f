// Renames a batch where its name stands: F2 for the row with the focus, else under the pointer, else for the page's
// batch. Escape drops what was typed; a click elsewhere only closes the form.
import { register } from "./keys.js";
import { gettext } from "./texts.js";

const ROW = ".batch-row";

function formHere() {
  const row = document.activeElement.closest(ROW) ?? document.querySelector(`${ROW}:hover`);
  if (row) return row.querySelector("[data-rename]");
  return document.querySelector(ROW) ? null : document.querySelector("[data-rename]");
}

function open() {
  const details = formHere();
  if (!details) return false;
  details.open = true;
}

function follow(details) {
  const form = details.querySelector("form");
  details.addEventListener("toggle", () => details.open && form.elements.name.select());
  form.addEventListener("reset", () => {
    details.open = false;
    details.querySelector("summary").focus();
  });
  details.addEventListener("keydown", ({ key }) => key === "Escape" && form.reset());
  form.addEventListener("submit", () => {
    form.elements.next.value = location.pathname + location.search; // the filter may have changed since
  });
  details.querySelector("[data-cancel]").hidden = false;
}

export function startRenaming() {
  const forms = document.querySelectorAll("[data-rename]");
  if (!forms.length) return;
  register("View", [{ keys: ["F2"], title: gettext("Rename the batch"), run: open }]);
  forms.forEach(follow);
}
