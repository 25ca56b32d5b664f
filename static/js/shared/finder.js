// Search by name: Ctrl+K or the button opens it. Arrows choose a result while the field keeps the focus; Enter opens
// it, or the page of all results where none is chosen.
import { trigger } from "./htmx.js";

const isShortcut = ({ key, ctrlKey, metaKey, altKey, shiftKey }) =>
  (ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "k";

class Finder {
  constructor(dialog) {
    this.dialog = dialog;
    this.input = dialog.querySelector("input");
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("input", () => globalThis.htmx ?? this.search()); // htmx itself listens as well
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("htmx:afterSwap", () => this.choose(this.options[0]));
  }

  get options() {
    return [...this.dialog.querySelectorAll("[role=option]")];
  }

  get selected() {
    return this.dialog.querySelector("[aria-selected=true]");
  }

  open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    this.search();
  }

  search() {
    trigger(this.dialog.querySelector("form"), "open");
  }

  choose(option) {
    this.selected?.setAttribute("aria-selected", "false");
    this.input.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { options, selected } = this;
    if (step && options.length) {
      event.preventDefault();
      const index = selected ? options.indexOf(selected) + step : 0;
      this.choose(options[(index + options.length) % options.length]);
    } else if (event.key === "Enter" && selected) {
      event.preventDefault();
      selected.click();
    }
  }
}

export function startFinder() {
  const dialog = document.querySelector("[data-finder]");
  if (!dialog) return;
  const finder = new Finder(dialog);
  document.addEventListener("keydown", (event) => {
    if (!isShortcut(event)) return;
    event.preventDefault();
    finder.open();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-finder-open]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    finder.open();
  });
}
