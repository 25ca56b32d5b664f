// The `?` dialog: every key of the page, and the small form that changes them.
import { element } from "./dom.js";
import * as keys from "./keys.js";

const UNUSABLE = [
  "Enter",
  "Tab",
  "Escape",
  "Shift",
  "Control",
  "Alt",
  "Meta",
  "AltGraph",
  "CapsLock",
  "Dead",
  "Process",
];

function button(className, run, ...children) {
  const made = element("button", className, ...children);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

const caps = (row) =>
  keys
    .shown(row)
    .split(" ")
    .map((key) => element("kbd", "", key));

class Help {
  constructor() {
    this.said = element("p", "help-said");
    this.said.setAttribute("role", "status");
    this.list = element("div", "help-rows");
    this.dialog = element("dialog", "help", this.head(), this.list, this.foot());
    this.dialog.setAttribute("aria-label", "Keyboard shortcuts");
    this.dialog.addEventListener("close", () => this.dialog.remove());
    this.draw();
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  head() {
    return element(
      "div",
      "help-head",
      element("h2", "", "Keys"),
      button("button button-small", () => this.dialog.close(), "Close"),
    );
  }

  foot() {
    const box = element("input");
    box.type = "checkbox";
    box.checked = keys.singleKeys();
    box.addEventListener("change", () => this.keep({ single: box.checked }));
    const usual = button("button button-small", () => this.keep({ keys: {} }), "All keys as usual");
    return element("div", "help-foot", element("label", "help-switch", box, "Single keys are on"), usual, this.said);
  }

  draw() {
    this.list.replaceChildren(...keys.rows().map((row) => this.row(row)));
  }

  row(row) {
    const name = element("span", "", row.words);
    if (!row.name) return element("div", "help-row", name, element("span", "help-keys", ...caps(row)));
    const change = button("help-keys help-change", () => this.ask(row, change), ...caps(row));
    change.setAttribute("aria-label", `${row.words}: ${keys.shown(row)}. Change the key`);
    change.title = "Change the key";
    change.dataset.change = row.name;
    return element("div", "help-row", name, change);
  }

  // The next key pressed on the button is the new one; Escape, Tab or a click elsewhere leaves it as it was.
  ask(row, place) {
    place.replaceChildren(element("span", "help-ask", "Press a key"));
    const done = () => {
      place.removeEventListener("keydown", take);
      place.removeEventListener("blur", done);
      this.draw();
    };
    const take = (event) => {
      if (event.key === "Tab") return;
      event.preventDefault();
      if (event.key === "Escape") event.stopPropagation();
      else if (event.ctrlKey || event.altKey || event.metaKey || UNUSABLE.includes(event.key)) return;
      done();
      if (event.key !== "Escape") this.take(row, keys.keyOf(event));
      this.list.querySelector(`[data-change="${row.name}"]`).focus();
    };
    place.addEventListener("keydown", take);
    place.addEventListener("blur", done);
    place.focus();
  }

  take(row, key) {
    const other = keys.rows().find((one) => one !== row && keys.keysOf(one).includes(key));
    if (other) return this.say(`${keys.words(key)} is taken: ${other.words}.`);
    return this.keep({ keys: { ...keys.chosenKeys(), [row.name]: key } });
  }

  async keep(change) {
    const kept = keys.choose(change);
    this.say("");
    this.draw();
    const why = await kept;
    this.say(why ? `Not kept: ${why}` : "Kept.");
  }

  say(words) {
    this.said.textContent = words;
  }
}

const show = () => void new Help();
keys.register([{ name: "help", keys: ["?"], show: "?", words: "These keys", run: show }]);
const opener = document.querySelector("[data-keys-help]");
if (opener) {
  opener.hidden = false;
  opener.addEventListener("click", show);
}
