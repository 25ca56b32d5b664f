// The download form shows the address of what it downloads, and copies it. Column names replace a named set of columns.
import { toast } from "./dom.js";
import { gettext } from "./texts.js";

function downloadUrl(form) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value !== "") url.searchParams.append(name, value);
  return url.href;
}

function draw(form) {
  const columns = form.querySelector("[data-chosen]");
  columns.name = columns.value.trim() ? "columns" : "";
  for (const radio of form.querySelectorAll("[type=radio]")) radio.disabled = Boolean(columns.name);
  form.querySelector("[data-link]").textContent = downloadUrl(form);
  form.querySelector("[data-copy-link]").hidden = !navigator.clipboard;
}

const drawAll = () => document.querySelectorAll("[data-download]").forEach(draw);

async function copyUrl({ target }) {
  const button = target.closest("[data-copy-link]");
  if (!button) return;
  await navigator.clipboard.writeText(downloadUrl(button.form));
  toast(gettext("URL copied. It works for everybody who can see this batch."));
}

export function startDownloadForms() {
  document.addEventListener("input", ({ target }) => target.closest("[data-download]") && drawAll());
  document.addEventListener("htmx:oobAfterSwap", drawAll);
  document.addEventListener("click", copyUrl);
  drawAll();
}
