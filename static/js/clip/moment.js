// Whether a seek has shown the moment that was asked for. Hosts that ignore Range requests start at 0 instead.
import { clock } from "./clock.js";

const TOLERANCE = 1; // seconds

// at: where the clip is after the seek; wanted: where it should be; end: the last second of the loop
export function isElsewhere(at, wanted, end) {
  return at < wanted - TOLERANCE || at > Math.max(wanted, end) + TOLERANCE;
}

// at: where the clip is; start: where the event begins, NaN where it is not known
export function elsewhereMessage(at, start) {
  const event = Number.isNaN(start) ? "" : ` The event begins at ${clock(start)}.`;
  return `This host does not support seeking; the clip starts at ${clock(at)}.${event}`;
}
