// How long the rest takes at this person's own pace: the median of the times between the latest verdicts of this
// session. Breaks do not count.
const KEPT_VERDICTS = 30;
const NEEDED_VERDICTS = 3;
const BREAK = 90000; // milliseconds
const MINUTE = 60000;

export class TimeLeft {
  // name: what is reviewed; storage: sessionStorage or its like
  constructor(name, storage) {
    Object.assign(this, { storage, storageKey: `pace:${name}` });
    this.times = JSON.parse(storage.getItem(this.storageKey) ?? "[]"); // of verdicts, in milliseconds
  }

  addVerdict(now = Date.now()) {
    this.times = [...this.times, now].slice(-KEPT_VERDICTS);
    try {
      this.storage.setItem(this.storageKey, JSON.stringify(this.times));
    } catch {
      this.storage.removeItem(this.storageKey); // no room: after a reload the pace is measured anew
    }
  }

  // Milliseconds for one card; NaN while too little is known.
  get pace() {
    const gaps = this.times.slice(1).map((time, index) => time - this.times[index]);
    const working = gaps.filter((gap) => gap < BREAK).sort((a, b) => a - b);
    return working.length < NEEDED_VERDICTS - 1 ? NaN : working[Math.floor(working.length / 2)];
  }

  // As text, for this number of cards; empty while too little is known.
  label(cards) {
    const minutes = (this.pace * cards) / MINUTE;
    if (Number.isNaN(minutes) || !cards) return "";
    if (minutes < 1) return "< 1 min left";
    return minutes < 120 ? `≈ ${Math.round(minutes)} min left` : `≈ ${Math.round(minutes / 60)} h left`;
  }
}
