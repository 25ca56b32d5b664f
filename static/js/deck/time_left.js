// How long the rest takes at this person's own pace: the middle one of the times between their latest verdicts in this
// session. A break is no pace.
const KEPT = 30;
const ENOUGH = 3; // verdicts before a guess is worth showing
const BREAK = 90000; // milliseconds

export class Pace {
  constructor(name) {
    this.name = `pace:${name}`;
    this.times = JSON.parse(sessionStorage.getItem(this.name) ?? "[]");
  }

  verdict(now = Date.now()) {
    this.times = [...this.times, now].slice(-KEPT);
    try {
      sessionStorage.setItem(this.name, JSON.stringify(this.times));
    } catch {
      sessionStorage.removeItem(this.name); // full: after a reload the pace starts anew
    }
  }

  // Milliseconds for one event, NaN while nothing can be said.
  get each() {
    const gaps = this.times
      .slice(1)
      .map((time, index) => time - this.times[index])
      .filter((gap) => gap < BREAK);
    if (gaps.length < ENOUGH - 1) return NaN;
    return gaps.sort((one, other) => one - other)[Math.floor(gaps.length / 2)];
  }

  words(left) {
    const minutes = (this.each * left) / 60000;
    if (Number.isNaN(minutes) || !left) return "";
    if (minutes < 1) return "< 1 min left";
    return minutes < 120 ? `≈ ${Math.round(minutes)} min left` : `≈ ${Math.round(minutes / 60)} h left`;
  }
}
