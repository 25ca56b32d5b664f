// Which parts of a video were played: [from, to] in seconds, in order, without overlaps. Kept in the browser, and
// by the page on the server, so that a video left half-way goes on in any browser.
const GAP = 0.5; // seconds between two parts that count as one
const ENOUGH = 0.98; // of the whole

export class Stretches {
  // storage: as localStorage; key: of the person and the item; saved: the parts that the server has
  constructor(storage, key, saved = []) {
    Object.assign(this, { storage, key, parts: saved });
    for (const [from, to] of JSON.parse(storage.getItem(key) ?? "[]")) this.add(from, to);
    this.sent = this.text(saved);
  }

  // "0-12.5,40-41"
  text(parts = this.parts) {
    return parts.map((part) => part.map((second) => second.toFixed(2)).join("-")).join(",");
  }

  // The text of parts that the server does not have yet; empty for none.
  get unsent() {
    const text = this.text();
    return text === this.sent ? "" : text;
  }

  add(from, to) {
    const touching = this.parts.filter(([start, end]) => start <= to + GAP && end >= from - GAP);
    const apart = this.parts.filter((part) => !touching.includes(part));
    const starts = [from, ...touching.map(([start]) => start)];
    const ends = [to, ...touching.map(([, end]) => end)];
    this.parts = [...apart, [Math.min(...starts), Math.max(...ends)]].sort(([one], [other]) => one - other);
    this.storage.setItem(this.key, JSON.stringify(this.parts));
  }

  // From 0 to 1.
  share(duration) {
    if (!(duration > 0)) return 0;
    const played = this.parts.reduce(
      (sum, [start, end]) => sum + Math.min(end, duration) - Math.min(start, duration),
      0,
    );
    return Math.min(1, played / duration);
  }

  isWhole(duration) {
    return this.share(duration) >= ENOUGH || (duration > 0 && this.share(duration) * duration >= duration - GAP);
  }

  // Where to go on: the end of the part that begins at 0.
  get resumeAt() {
    const [first] = this.parts;
    return first && first[0] <= GAP ? first[1] : 0;
  }

  forget() {
    this.sent = this.text(); // nothing is sent after this
    this.storage.removeItem(this.key);
  }
}
