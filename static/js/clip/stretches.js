// Which parts of a video were played: [from, to] in seconds, in order, without overlaps. Kept in the browser, so that a
// video left half-way goes on.
const GAP = 0.5; // seconds between two parts that count as one
const ENOUGH = 0.98; // of the whole

export class Stretches {
  // storage: as localStorage; key: of the person and the item
  constructor(storage, key) {
    Object.assign(this, { storage, key });
    this.parts = JSON.parse(storage.getItem(key) ?? "[]");
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
    this.storage.removeItem(this.key);
  }
}
