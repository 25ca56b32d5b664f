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

function opened(details) {
  const form = details.querySelector("form");
  details.querySelector("[data-cancel]").hidden = false;
  form.elements.name.focus();
  form.elements.name.select();
}

function closed(details) {
  details.open = false;
  details.querySelector("summary").focus();
}

// Listens for forms that come later too: a search replaces the rows of the list.
export function startRenaming() {
  if (!document.querySelector("[data-rename], #batch-rows")) return;
  register("View", [{ keys: ["F2"], title: gettext("Rename the batch"), run: open }]);
  const on = (name, run) => {
    const listen = (event) => {
      const details = event.target.closest?.("[data-rename]");
      if (details) run(details, event);
    };
    document.addEventListener(name, listen, { capture: name === "toggle" }); // a toggle does not bubble
  };
  on("toggle", (details) => details.open && opened(details));
  on("reset", closed);
  on("keydown", (details, { key }) => key === "Escape" && details.querySelector("form").reset());
  on("submit", (_details, { target }) => {
    target.elements.next.value = location.pathname + location.search; // the filter may have changed since
  });
  document.querySelectorAll("[data-rename][open]").forEach(opened);
}
