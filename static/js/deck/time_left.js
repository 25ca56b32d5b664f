// How long the rest takes at this person's own speed, of the latest verdicts of this session. The server defines the
// speed, and gives the limits.
import { timeLeft } from "../shared/texts.js";

const MINUTE = 60000;

export class TimeLeft {
  // name: what is reviewed; storage: sessionStorage or its like; limits: idle: seconds of a pause that count; least:
  // verdicts before there is an estimate; latest: verdicts it is made of
  constructor(name, storage, { idle, least, latest }) {
    Object.assign(this, { storage, storageKey: `pace:${name}`, idle: Number(idle) * 1000 });
    Object.assign(this, { least: Number(least), latest: Number(latest) });
    this.times = JSON.parse(storage.getItem(this.storageKey) ?? "[]"); // of verdicts, in milliseconds
  }

  addVerdict(now = Date.now()) {
    this.times = [...this.times, now].slice(-this.latest);
    try {
      this.storage.setItem(this.storageKey, JSON.stringify(this.times));
    } catch {
      this.storage.removeItem(this.storageKey); // no room: after a reload the pace is measured anew
    }
  }

  // Milliseconds for one card; NaN while too little is known.
  get pace() {
    const gaps = this.times.slice(1).map((time, index) => Math.min(time - this.times[index], this.idle));
    return this.times.length < this.least ? NaN : gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  }

  // As text, for this number of cards; empty while too little is known.
  label(cards) {
    return cards ? timeLeft((this.pace * cards) / MINUTE) : "";
  }
}
