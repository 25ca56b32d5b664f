// The selection in grid and table: single events, a range, the page, or all that match the filter.

export class Selection {
  constructor() {
    this.ids = new Set(); // of events, as in data-event
    this.anchor = null; // the id where a range begins
    this.matching = 0; // how many match, where all of them are selected; otherwise 0
  }

  get size() {
    return this.matching || this.ids.size;
  }

  has(id) {
    return Boolean(this.matching) || this.ids.has(id);
  }

  clear() {
    this.ids.clear();
    this.matching = 0;
  }

  addAll(ids) {
    for (const id of ids) this.ids.add(id);
  }

  // `count` events on the server match the filter, on this page or not.
  selectMatching(count) {
    this.matching = count;
  }

  // Selects or deselects events; `id` is the one that was clicked. From all that match back to the ids of the page.
  set(ids, on, { id, page }) {
    if (this.matching) this.addAll(page);
    this.matching = 0;
    for (const each of ids) {
      if (on) this.ids.add(each);
      else this.ids.delete(each);
    }
    this.anchor = id;
  }

  // The ids of the page from the anchor to this one, in either direction; this one alone without an anchor on the page.
  range(id, page) {
    const from = page.indexOf(this.anchor);
    const to = page.indexOf(id);
    return from < 0 ? [id] : page.slice(Math.min(from, to), Math.max(from, to) + 1);
  }
}
