// The `?` dialog: every key of the page by group, and the form that changes them.
import { button, element } from "./dom.js";
import { keyLabel, keyOf } from "./key_table.js";
import { choose, register, table } from "./keys.js";
import { gettext } from "./texts.js";

// The groups of keys, in order, as `register` names them.
const GROUPS = { Decide: gettext("Decide"), Move: gettext("Move"), Play: gettext("Play"), View: gettext("View") };
const UNUSABLE = "Enter Tab Escape Shift Control Alt Meta AltGraph CapsLock Dead Process".split(" ");

const keyCaps = (row) =>
  table
    .label(row)
    .split(" ")
    .map((key) => element("kbd", "", key));

class HelpDialog {
  constructor() {
    this.status = element("p", "help-status");
    this.status.setAttribute("role", "status");
    this.tell(gettext("Click a key to change it."));
    this.list = element("div", "help-rows");
    this.dialog = element("dialog", "help", this.head(), this.list, this.foot());
    this.dialog.setAttribute("aria-label", gettext("Keyboard shortcuts"));
    this.dialog.addEventListener("close", () => this.dialog.remove());
    this.draw();
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  head() {
    const close = button("button button-small", () => this.dialog.close(), {}, gettext("Close"));
    return element("div", "help-head", element("h2", "", gettext("Keyboard shortcuts")), close);
  }

  foot() {
    const box = element("input");
    box.type = "checkbox";
    box.checked = table.single;
    box.addEventListener("change", () => this.save({ single: box.checked }));
    const reset = button("button button-small", () => this.save({ keys: {} }), {}, gettext("Reset to defaults"));
    return element(
      "div",
      "help-foot",
      element("label", "help-switch", box, gettext("Use single-key shortcuts")),
      reset,
      this.status,
    );
  }

  draw() {
    const groups = Object.entries(GROUPS).map(([group, title]) => [
      title,
      table.rows.filter((row) => row.group === group),
    ]);
    this.list.replaceChildren(
      ...groups
        .filter(([, rows]) => rows.length)
        .map(([title, rows]) =>
          element("section", "help-group", element("h3", "", title), ...rows.map((row) => this.row(row))),
        ),
    );
  }

  row(row) {
    const title = element("span", "", row.title);
    if (!row.name) return element("div", "help-row", title, element("span", "help-keys", ...keyCaps(row)));
    const change = button("help-keys help-change", () => this.askKey(row, change), {}, ...keyCaps(row));
    change.setAttribute(
      "aria-label",
      gettext("{command}: {key}. Change key", { command: row.title, key: table.label(row) }),
    );
    change.title = gettext("Change key");
    change.dataset.change = row.name;
    return element("div", "help-row", title, change);
  }

  // The next key pressed on the button is the new one; Escape, Tab or a click elsewhere cancels.
  askKey(row, node) {
    node.replaceChildren(element("span", "help-ask", gettext("Press a key")));
    const stop = () => {
      node.removeEventListener("keydown", onKey);
      node.removeEventListener("blur", stop);
      this.draw();
    };
    const onKey = (event) => {
      if (event.key === "Tab") return;
      event.preventDefault();
      if (event.key === "Escape") event.stopPropagation();
      else if (event.ctrlKey || event.altKey || event.metaKey || UNUSABLE.includes(event.key)) return;
      stop();
      if (event.key !== "Escape") this.assign(row, keyOf(event));
      this.list.querySelector(`[data-change="${row.name}"]`).focus();
    };
    node.addEventListener("keydown", onKey);
    node.addEventListener("blur", stop);
    node.focus();
  }

  assign(row, key) {
    const other = table.takenBy(key, row);
    if (other)
      return this.tell(gettext("{key} is already used for: {command}.", { key: keyLabel(key), command: other.title }));
    return this.save({ keys: { ...table.keys, [row.name]: key } });
  }

  async save(choice) {
    const saved = choose(choice);
    this.tell("");
    this.draw();
    const error = await saved;
    this.tell(error ? gettext("Not saved: {error}", { error }) : gettext("Saved."));
  }

  tell(message) {
    this.status.textContent = message;
  }
}

// Registers the key of the dialog and shows its button in the header.
export function startKeyHelp() {
  const show = () => void new HelpDialog();
  register("View", [
    { name: "help", keys: ["?"], title: gettext("Keyboard shortcuts"), run: show },
    { keys: ["ctrl+k"], show: "Ctrl+K", title: gettext("Find anything") }, // finder.js listens
  ]);
  const opener = document.querySelector("[data-keys-help]");
  if (!opener) return;
  opener.hidden = false;
  opener.addEventListener("click", show);
}
