// What the panel of a missed event sends.
import { readDecimal } from "../shared/decimals.js";

const DEFAULT_LENGTH = 3; // seconds, where only the start was marked

// The filled fields of its form, trimmed.
export function missedEntry(form) {
  const fields = [...form].filter(([name]) => name === "note" || name.startsWith("correct_"));
  return Object.fromEntries(fields.map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
}

// The span in order, whichever end was marked first; of the default length without an end, within the clip.
export function missedSpan({ correct_start_s: start, correct_end_s: end }, duration) {
  if (start === undefined) return {};
  const first = readDecimal(start);
  const limit = Number.isFinite(duration) ? Math.max(first, duration) : Infinity;
  const last = end === undefined ? Math.min(first + DEFAULT_LENGTH, limit) : readDecimal(end);
  return { correct_start_s: Math.min(first, last).toFixed(2), correct_end_s: Math.max(first, last).toFixed(2) };
}
