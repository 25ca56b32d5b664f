// Events whose clip cannot be played come last. Where no clip can be played, the order stays: then the cause is none of
// them.
const LONGEST_RUN = 5; // failures in a row, after which the order stays

export class ClipFailures {
  constructor() {
    this.anyPlayable = false;
    this.inRow = 0;
    this.failed = []; // ids, until it is known what to do with them
  }

  // The clip of this event was loaded, or has failed.
  add(id, playable) {
    this.anyPlayable ||= playable;
    this.inRow = playable ? 0 : this.inRow + 1;
    if (!playable) this.failed.push(id);
  }

  // Returns the ids of events to be postponed, once.
  take() {
    return this.anyPlayable && this.inRow <= LONGEST_RUN ? this.failed.splice(0) : [];
  }
}
