// The entries of one person's outbox in the browser's storage. Entries hold verdicts and keys only, never vendor text.

/** @typedef {import("../shared/events.js").Entry} Entry */

export class EntryStore {
  // storage: localStorage or its like; prefix: the start of the names of this person's entries
  constructor(storage, prefix) {
    Object.assign(this, { storage, prefix });
    this.memory = new Map(); // entries for which the storage has no room; they last as long as the page
  }

  /** @returns {?Entry} */
  read(id) {
    try {
      return JSON.parse(this.storage.getItem(id) ?? this.memory.get(id));
    } catch {
      return null; // not written by this module
    }
  }

  write(entry) {
    const text = JSON.stringify(entry);
    try {
      this.storage.setItem(entry.id, text);
      this.memory.delete(entry.id);
    } catch {
      this.memory.set(entry.id, text);
    }
  }

  remove(id) {
    this.storage.removeItem(id);
    this.memory.delete(id);
  }

  /** @returns {Entry[]} oldest first */
  all() {
    const ids = new Set(
      [...Object.keys(this.storage), ...this.memory.keys()].filter((id) => id.startsWith(this.prefix)),
    );
    return [...ids]
      .sort()
      .map((id) => this.read(id))
      .filter(Boolean);
  }

  waiting() {
    return this.all().filter((entry) => !entry.refused);
  }

  refused() {
    return this.all().filter((entry) => entry.refused);
  }
}
