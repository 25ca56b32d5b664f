// Which preset reasons a person uses most: they stand first and have the first digits. The order stays while the page
// is open, so that a digit keeps its meaning.
const FIRST = 3;

// counts: {reason: how often it was used}. The most used ones first, the others in their order.
export function mostUsedFirst(reasons, counts) {
  const used = reasons.filter((reason) => counts[reason]);
  const first = used.sort((a, b) => counts[b] - counts[a]).slice(0, FIRST);
  return [...first, ...reasons.filter((reason) => !first.includes(reason))];
}

export class ReasonUsage {
  // storage: localStorage or its like; user: whose reasons they are
  constructor(storage, user) {
    Object.assign(this, { storage, storageKey: `reasons:${user}` });
  }

  get counts() {
    return JSON.parse(this.storage.getItem(this.storageKey) ?? "{}");
  }

  add(reason) {
    const { counts } = this;
    counts[reason] = (counts[reason] ?? 0) + 1;
    try {
      this.storage.setItem(this.storageKey, JSON.stringify(counts));
    } catch {
      this.storage.removeItem(this.storageKey); // no room: the reasons keep the order of the connection
    }
  }
}
