// Whether somebody else decided events of the batch: its counts, as the server sends them every few seconds, differ
// from the last ones that this page knows.
export class OthersVerdicts {
  // onChange(counts): what the server counts now, by approval
  constructor(onChange) {
    Object.assign(this, { onChange, known: null });
  }

  // The counts after a verdict of this page.
  note(counts) {
    if (counts) this.known = JSON.stringify(counts);
  }

  follow(counts) {
    if (!counts) return;
    const before = this.known;
    this.note(counts);
    if (before !== null && before !== this.known) this.onChange(counts);
  }
}
