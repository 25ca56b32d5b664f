// What is typed into the note of an event, kept over a reload of this tab until a verdict on the event is saved.

export class Drafts {
  // storage: sessionStorage or its like; author: the number of the person who is signed in
  constructor(storage, author) {
    Object.assign(this, { storage, prefix: `draft:${author}:` });
  }

  read(event) {
    return this.storage.getItem(this.prefix + event) ?? "";
  }

  write(event, text) {
    try {
      if (text.trim()) this.storage.setItem(this.prefix + event, text);
      else this.remove(event);
    } catch {
      // No room: the draft lasts as long as the page.
    }
  }

  remove(event) {
    this.storage.removeItem(this.prefix + event);
  }

  // A verdict that was saved has taken its note along.
  removeSaved({ kind, event, events }) {
    if (kind !== "decide" && kind !== "bulk") return;
    for (const id of [event, ...(events ?? []).map(([number]) => number)]) if (id) this.remove(id);
  }
}
