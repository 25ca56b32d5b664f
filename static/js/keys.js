// The one key table: what the page listens to is what the help shows. Single keys can be switched off (WCAG 2.1.4).
import { element } from "./dom.js";

const table = [];
let singleKeys = localStorage.getItem("single-keys") !== "off";

// rows: {keys: ["a"], show: "A", words: "Approve", run(event)}; a row without `run` is only explained.
export function register(rows) {
  table.push(...rows);
}

function typing(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.repeat && !event.key.startsWith("Arrow")) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (!singleKeys || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.shiftKey && /^[a-z]$/i.test(event.key)) return; // a capital is not a single key
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const code = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : "";
  const latin = /^[ -~]$/.test(key) || key.length > 1;
  const row = table.find((one) => one.run && one.keys.includes(latin ? key : code));
  // A button or a link keeps its own Space and Enter, a slider its arrows.
  if (!row || (key === " " && event.target.closest("a, button, summary, input")) || (key.startsWith("Arrow") && event.target.matches("input, summary"))) return;
  if (row.run(event) !== false) event.preventDefault();
});

function switchBox() {
  const box = element("input");
  box.type = "checkbox";
  box.checked = singleKeys;
  box.addEventListener("change", () => {
    singleKeys = box.checked;
    localStorage.setItem("single-keys", singleKeys ? "on" : "off");
  });
  return element("label", "help-switch", box, "Single keys work on this computer");
}

export function showHelp() {
  const dialog = element("dialog", "help");
  const close = element("button", "button button-small", "Close");
  close.addEventListener("click", () => dialog.close());
  const rows = table.map((row) => element("div", "help-row", element("span", "", row.words), element("span", "", ...row.show.split(" ").map((key) => element("kbd", "", key)))));
  dialog.setAttribute("aria-label", "Keyboard shortcuts");
  dialog.append(element("div", "help-head", element("h2", "", "Keys"), close), element("div", "help-rows", ...rows), switchBox());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

register([{ keys: ["?"], show: "?", words: "These keys", run: showHelp }]);
const button = document.querySelector("[data-keys-help]");
if (button) {
  button.hidden = false;
  button.addEventListener("click", showHelp);
}
