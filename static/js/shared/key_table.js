// The key table of a page: what the page listens to is what the help shows. Every named row can be given another key,
// and single keys can be switched off (WCAG 2.1.4).
import { gettext } from "./texts.js";

const SYMBOLS = { " ": gettext("Space"), ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

// A key as people read it: "Shift+Z", "Space", "←".
export function keyLabel(key) {
  if (key.startsWith("shift+")) return `${gettext("Shift")}+${keyLabel(key.slice("shift+".length))}`;
  return SYMBOLS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

// The key of a keyboard event as the table writes it. What is written on the key counts; for letters of other scripts
// it is the position of the key.
export function keyOf({ key, code = "", shiftKey = false }) {
  const letter = /^Key[A-Z]$/.test(code) ? code.slice("Key".length).toLowerCase() : "";
  const printed = key.length === 1 ? key.toLowerCase() : key;
  const name = printed.length > 1 || /^[ -~]$/.test(printed) ? printed : letter;
  const isSign = name.length === 1 && !/[a-z]/.test(name); // Shift is part of a sign: `?` is never Shift+`?`
  return shiftKey && !isSign ? `shift+${name}` : name;
}

// French keyboards type digits with Shift, so that the key's position decides.
const digitOf = ({ code = "", shiftKey }) => (/^Digit\d$/.test(code) && !shiftKey ? code.slice("Digit".length) : "");

export class KeyTable {
  // preferences: {single: false, keys: {approve: "y"}}, each of them optional
  constructor({ single = true, keys = {} } = {}) {
    this.rows = [];
    this.single = single;
    this.keys = keys;
  }

  // rows: {group: "Decide", name: "approve", keys: ["a", "shift+z"], show: "A", title: "Approve", run(event)}. Without
  // `run` a row is only explained, without `name` it cannot be changed; `show` is for keys that are written another
  // way.
  add(rows) {
    this.rows.push(...rows);
  }

  row(name) {
    return this.rows.find((row) => row.name === name);
  }

  isChanged(row) {
    return Boolean(row.name && this.keys[row.name]);
  }

  keysOf(row) {
    return this.isChanged(row) ? [this.keys[row.name]] : row.keys;
  }

  // As people read it; several keys with a space between.
  label(row) {
    return this.isChanged(row) ? keyLabel(this.keys[row.name]) : (row.show ?? keyLabel(row.keys[0]));
  }

  // The row that a keyboard event is for; a key that somebody chose goes before a default one.
  find(event) {
    const matches = (key) => (row) => key && row.run && this.keysOf(row).includes(key);
    const key = keyOf(event);
    const changed = this.rows.filter((row) => this.isChanged(row));
    return changed.find(matches(key)) ?? this.rows.find(matches(key)) ?? this.rows.find(matches(digitOf(event)));
  }

  // Another row that has this key already.
  takenBy(key, row) {
    return this.rows.find((other) => other !== row && this.keysOf(other).includes(key));
  }
}
