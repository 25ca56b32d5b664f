// The list of names that can stand behind an `@`, offered below a text field while one is being typed.
import { element } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";

const LONGEST_LIST = 6;
const TYPED_NAME = /(?:^|[^\w@.+-])@([\w@.+-]*)$/;
const FIELD_ATTRIBUTES = ["aria-controls", "aria-haspopup", "aria-activedescendant"];

function matchingNames(field, typed) {
  const names = (field.closest("[data-names]").dataset.names || "").split(" ").filter(Boolean);
  const start = typed.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(start)).slice(0, LONGEST_LIST);
}

export class MentionList {
  constructor() {
    this.field = null; // the one that the list is offered for
    this.list = element("ul", "names");
    this.list.id = "names";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", gettext("People"));
    // On pointerdown, before the field loses the focus.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const row = event.target.closest("[role=option]");
      if (row) this.insert(row.dataset.name);
    });
  }

  offer(field) {
    const typed = TYPED_NAME.exec(field.value.slice(0, field.selectionStart))?.[1];
    const names = typed === undefined ? [] : matchingNames(field, typed);
    if (!names.length || (names.length === 1 && names[0] === typed)) return this.close();
    Object.assign(this, { field, typed, names });
    field.after(this.list);
    field.setAttribute("aria-controls", "names");
    field.setAttribute("aria-haspopup", "listbox");
    this.select(0);
  }

  select(index) {
    this.index = (index + this.names.length) % this.names.length;
    this.list.replaceChildren(...this.names.map((name, position) => this.row(name, position)));
    this.field.setAttribute("aria-activedescendant", `name-${this.index}`);
  }

  row(name, position) {
    const row = element("li", "", `@${name}`);
    row.id = `name-${position}`;
    row.dataset.name = name;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", position === this.index);
    return row;
  }

  // Returns whether the key was for the list.
  press(event) {
    const insert = () => this.insert(this.names[this.index]);
    const actions = {
      ArrowDown: () => this.select(this.index + 1),
      ArrowUp: () => this.select(this.index - 1),
      Enter: insert,
      Tab: insert,
      Escape: () => this.close(),
    };
    const run = actions[event.key];
    if (!this.field || !run || event.shiftKey) return false;
    event.preventDefault();
    event.stopPropagation();
    run();
    return true;
  }

  insert(name) {
    const { field, typed } = this;
    const end = field.selectionStart;
    field.setRangeText(`${name} `, end - typed.length, end, "end");
    this.close();
  }

  close() {
    if (!this.field) return;
    for (const name of FIELD_ATTRIBUTES) this.field.removeAttribute(name);
    this.list.remove();
    this.field = null;
  }
}
