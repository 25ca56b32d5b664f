// Every page: the outbox and what the header says, htmx's token and errors, menus, the download form.
import "../saving/refresh_counts.js";
import { cookie, toast } from "../shared/dom.js";
import "../shared/key_help.js";
import { start } from "../saving/save_status.js";

start();

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = cookie("csrftoken");
});
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const status = event.detail.xhr?.status;
    const gone =
      status === 429
        ? "Too many requests; try again in a moment."
        : status === 400
          ? "The filter cannot be read; one of its values is wrong."
          : "";
    toast(
      gone ||
        (status
          ? `The server answered ${status}. Nothing on this page changed.`
          : "The server does not answer. Nothing on this page changed."),
    );
  });
}

// One menu at a time; a click elsewhere or Escape closes it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// On a narrow screen the filters start folded.
for (const fold of document.querySelectorAll("[data-fold]"))
  if (matchMedia("(max-width: 52rem)").matches) fold.open = false;

function downloadLink(form) {
  const link = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value !== "") link.searchParams.append(name, value);
  return link.href;
}

// The download form: the link it stands for is shown, and can be copied. Chosen columns take the place of a named set.
function tellDownload(form) {
  const chosen = form.querySelector("[data-chosen]");
  chosen.name = chosen.value.trim() ? "columns" : "";
  for (const radio of form.querySelectorAll("[type=radio]")) radio.disabled = Boolean(chosen.name);
  form.querySelector("[data-link]").textContent = downloadLink(form);
  form.querySelector("[data-copy-link]").hidden = !navigator.clipboard;
}

const tellDownloads = () => document.querySelectorAll("[data-download]").forEach(tellDownload);
document.addEventListener("input", (event) => event.target.closest("[data-download]") && tellDownloads());
document.addEventListener("htmx:oobAfterSwap", tellDownloads);
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy-link]");
  if (!copy) return;
  await navigator.clipboard.writeText(downloadLink(copy.form));
  toast("The address is copied. It works for whoever may see this batch.");
});
tellDownloads();
