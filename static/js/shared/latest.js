// A map that keeps only what was used last, so that a page which stays open for a whole shift does not grow.

export class Latest {
  // most: how many entries are kept
  constructor(most) {
    this.most = most;
    this.entries = new Map(); // the one used last is at the end
  }

  // The value of this key, made where there is none.
  get(key, make) {
    const value = this.entries.has(key) ? this.entries.get(key) : make();
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.most) this.entries.delete(this.entries.keys().next().value);
    return value;
  }

  delete(key) {
    this.entries.delete(key);
  }
}
