// The one key table: what the pages listen to is what the help shows. Every named row can be given another key, and
// single keys can be switched off (WCAG 2.1.4); both are kept with the person, on the server.
import { cookie } from "./dom.js";

const table = [];
const chosen = JSON.parse(document.body.dataset.keys || "{}"); // {single: true, keys: {approve: "y"}}
chosen.keys ??= {};

const SHOWN = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", shift: "Shift" };
const oneKey = (key) => SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key);

export const rows = () => table;
export const singleKeys = () => chosen.single !== false;
const isChosen = (row) => Boolean(row.name && chosen.keys[row.name]);
export const keysOf = (row) => (isChosen(row) ? [chosen.keys[row.name]] : row.keys);
// As it is written for people: "Shift+Z", or several with a space between.
export const shown = (row) => (isChosen(row) ? words(chosen.keys[row.name]) : row.show);

export function words(key) {
  return key.startsWith("shift+") ? `Shift+${oneKey(key.slice(6))}` : oneKey(key);
}

// rows: {name: "approve", keys: ["a", "shift+z"], show: "A", words: "Approve", run(event)}; a row without `run` is only
// explained, one without `name` keeps its key. A `run` that returns false leaves the key to the browser.
export function register(more) {
  table.push(...more);
  label(document);
}

// The key in the words of the table. By what is written on the key; for letters of other scripts by where it is.
export function keyOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const place = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : "";
  const name = key.length > 1 || /^[ -~]$/.test(key) ? key : place;
  const isSign = name.length === 1 && !/[a-z]/.test(name); // Shift is part of a sign: `?` is no Shift+`?`
  return event.shiftKey && !isSign ? `shift+${name}` : name;
}

function rowOf(event) {
  const digit = /^Digit\d$/.test(event.code) && !event.shiftKey ? event.code.slice(5) : ""; // AZERTY types digits with Shift
  const fits = (key) => (row) => key && row.run && keysOf(row).includes(key);
  const wanted = keyOf(event);
  return table.filter(isChosen).find(fits(wanted)) ?? table.find(fits(wanted)) ?? table.find(fits(digit));
}

function typing(target) {
  return target.closest?.(
    "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]",
  );
}

document.addEventListener("keydown", (event) => {
  if (event.repeat && !event.key.startsWith("Arrow")) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && typing(event.target)) {
    if (event.target.type === "search") event.preventDefault(); // the browser would empty it, and the filter with it
    return event.target.blur();
  }
  if (!singleKeys() || typing(event.target) || document.querySelector("dialog[open]")) return;
  const row = rowOf(event);
  // A button or a link keeps its own Space and Enter, a slider its arrows.
  if (
    !row ||
    (event.key === " " && event.target.closest("a, button, summary, input")) ||
    (event.key.startsWith("Arrow") && event.target.matches("input, summary"))
  )
    return;
  if (row.run(event) !== false) event.preventDefault();
});

// Buttons tell their key: <kbd data-command="approve"> shows it, any other element has it in its title.
export function label(root) {
  document.body.toggleAttribute("data-no-keys", !singleKeys());
  for (const place of root.querySelectorAll("[data-command]")) {
    const row = table.find((one) => one.name === place.dataset.command);
    if (!row) continue;
    if (place.matches("kbd")) place.textContent = shown(row);
    else place.title = singleKeys() ? `${row.words} (${shown(row)})` : row.words;
  }
}

// What the person wants from now on, on this page at once. Resolves to "" or the reason why it is not kept.
// One after the other, so that the last choice is the one that stays.
let saving = Promise.resolve();
export function choose({ single = singleKeys(), keys = chosen.keys }) {
  Object.assign(chosen, { single, keys });
  label(document);
  saving = saving.then(() => save(single, keys));
  return saving;
}

async function save(single, keys) {
  const body = new URLSearchParams({ keys: JSON.stringify(keys), ...(single ? { single_keys: "on" } : {}) });
  try {
    const response = await fetch(document.body.dataset.keysSave, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
      body,
      keepalive: true,
    });
    const answer = await response.json();
    return response.ok ? "" : answer.error;
  } catch {
    return "The server does not answer.";
  }
}

export const chosenKeys = () => ({ ...chosen.keys });
