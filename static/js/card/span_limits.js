// What is wrong with the ends of a span as they are written in its fields. It is said as on a field of numbers, which
// cannot be used: in an English browser it drops a decimal comma and keeps the digits.
import { readDecimal } from "../shared/decimals.js";
import { gettext } from "../shared/texts.js";

const BACKWARDS = gettext("The span ends before it starts.");
const NO_SECONDS = gettext("Give seconds, such as 12.5.");

/** Neither end lies after the end of the clip, `duration` in seconds or NaN; one that the vendor gave may. */
export function checkSpan({ elements }, duration = Number.NaN, { mayBeBackwards = false } = {}) {
  const ends = [elements.correct_start_s, elements.correct_end_s];
  const [start, end] = ends.map((field) => readDecimal(field.value || field.defaultValue));
  for (const field of ends) {
    const last = Math.max(Math.ceil(duration * 100) / 100, readDecimal(field.defaultValue) || 0);
    const second = readDecimal(field.value);
    const isLate = second > last && gettext("The clip ends at {seconds} s.", { seconds: last });
    field.setCustomValidity((field.value.trim() && Number.isNaN(second) && NO_SECONDS) || isLate || "");
  }
  const isBackwards = !mayBeBackwards && ends[1].value && start > end;
  if (isBackwards && ends[1].validity.valid) ends[1].setCustomValidity(BACKWARDS);
}
