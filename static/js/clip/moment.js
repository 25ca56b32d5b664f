// Whether a seek has shown the moment that was asked for. Hosts that ignore Range requests start at 0 instead.

import { gettext } from "../shared/texts.js";
import { clock } from "./clock.js";

const TOLERANCE = 1; // seconds

// at: where the clip is after the seek; wanted: where it should be; end: the last second of the loop
export function isElsewhere(at, wanted, end) {
  return at < wanted - TOLERANCE || at > Math.max(wanted, end) + TOLERANCE;
}

// at: where the clip is; start: where the event begins, NaN where it is not known
export function elsewhereMessage(at, start) {
  const clip = gettext("This host does not support seeking; the clip starts at {moment}.", { moment: clock(at) });
  if (Number.isNaN(start)) return clip;
  return `${clip} ${gettext("The event begins at {moment}.", { moment: clock(start) })}`;
}
