// The names that can stand behind an `@`, offered below a text field while one is being written.
import { element } from "../shared/dom.js";

const MOST = 6;
const BEGUN = /(?:^|[^\w@.+-])@([\w@.+-]*)$/;

export class Names {
  constructor() {
    this.list = element("ul", "names");
    this.list.id = "names";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "People");
    // Before the field loses the focus.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const row = event.target.closest("[role=option]");
      if (row) this.take(row.dataset.name);
    });
  }

  offer(field) {
    const begun = BEGUN.exec(field.value.slice(0, field.selectionStart))?.[1];
    const people = (field.closest("[data-names]").dataset.names || "").split(" ").filter(Boolean);
    const found =
      begun === undefined
        ? []
        : people.filter((name) => name.toLowerCase().startsWith(begun.toLowerCase())).slice(0, MOST);
    if (!found.length || (found.length === 1 && found[0] === begun)) return this.close();
    Object.assign(this, { field, begun, found });
    field.after(this.list);
    field.setAttribute("aria-controls", "names");
    field.setAttribute("aria-haspopup", "listbox");
    this.mark(0);
  }

  mark(index) {
    this.index = (index + this.found.length) % this.found.length;
    this.list.replaceChildren(...this.found.map((name, place) => this.row(name, place)));
    this.field.setAttribute("aria-activedescendant", `name-${this.index}`);
  }

  row(name, place) {
    const row = element("li", "", `@${name}`);
    row.id = `name-${place}`;
    row.dataset.name = name;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", place === this.index);
    return row;
  }

  // Whether the key was for the list.
  press(event) {
    const run = {
      ArrowDown: () => this.mark(this.index + 1),
      ArrowUp: () => this.mark(this.index - 1),
      Enter: () => this.take(this.found[this.index]),
      Tab: () => this.take(this.found[this.index]),
      Escape: () => this.close(),
    }[event.key];
    if (!this.field || !run || event.shiftKey) return false;
    event.preventDefault();
    event.stopPropagation();
    run();
    return true;
  }

  take(name) {
    const { field, begun } = this;
    const end = field.selectionStart;
    field.setRangeText(`${name} `, end - begun.length, end, "end");
    this.close();
  }

  close() {
    if (!this.field) return;
    for (const name of ["aria-controls", "aria-haspopup", "aria-activedescendant"]) this.field.removeAttribute(name);
    this.list.remove();
    this.field = null;
  }
}
