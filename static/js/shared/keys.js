// The keys of this page: the table, the listener, the labels on buttons, and the person's own choice of keys, which is
// kept on the server.
import { requestJSON } from "./http.js";
import { KeyTable } from "./key_table.js";

export const table = new KeyTable(JSON.parse(document.body.dataset.keys || "{}"));

// rows: as in KeyTable.add, without the group. A `run` that returns false leaves the key to the browser.
export function register(group, rows) {
  table.add(rows.map((row) => ({ group, ...row })));
  label(document);
}

const TEXT_FIELDS = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
const isTyping = (target) => target.closest?.(TEXT_FIELDS);

// A button or a link keeps its own Space, a slider its arrows.
function belongsToTarget({ key, target }) {
  if (key === " ") return target.closest("a, button, summary, input");
  return key.startsWith("Arrow") && target.matches("input, summary");
}

function leaveField(event) {
  if (event.target.type === "search") event.preventDefault(); // the browser would empty it, and the filter with it
  event.target.blur();
}

document.addEventListener("keydown", (event) => {
  if (event.repeat && !event.key.startsWith("Arrow")) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && isTyping(event.target)) return leaveField(event);
  if (!table.single || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const row = table.find(event);
  if (row && !belongsToTarget(event) && row.run(event) !== false) event.preventDefault();
});

// Buttons show their key: <kbd data-command="approve"> holds it, any other element has it in its title.
export function label(root) {
  document.body.toggleAttribute("data-no-keys", !table.single);
  for (const node of root.querySelectorAll("[data-command]")) {
    const row = table.row(node.dataset.command);
    if (!row) continue;
    if (node.matches("kbd")) node.textContent = table.label(row);
    else node.title = table.single ? `${row.title} (${table.label(row)})` : row.title;
  }
}

// Applies the person's choice to this page at once and saves it. Resolves to "" or the reason why it was not saved. One
// request after the other, so that the last choice wins.
let saving = Promise.resolve();
export function choose({ single = table.single, keys = table.keys }) {
  Object.assign(table, { single, keys });
  label(document);
  saving = saving.then(() => save(single, keys));
  return saving;
}

async function save(single, keys) {
  const fields = { keys: JSON.stringify(keys), ...(single ? { single_keys: "on" } : {}) };
  try {
    await requestJSON(document.body.dataset.keysSave, { fields, keepalive: true });
    return "";
  } catch (error) {
    return error.message;
  }
}
