// Where the ends of a span lie on a timeline of `width` CSS pixels that shows the seconds `from` to `to`.

const placeOf = (second, { from, to }, width) => (width * (second - from)) / (to - from);

// "start" or "end", whichever is within `reach` of x and nearer; null for none. The ends of a point lie together: the
// side of the pointer decides.
export function nearestEnd({ start, end, from, to }, x, width, reach) {
  if (!(to > from) || !(width > 0)) return null;
  const last = Number.isNaN(end) ? start : end;
  const distances = { start: x - placeOf(start, { from, to }, width), end: x - placeOf(last, { from, to }, width) };
  const [toStart, toEnd] = [Math.abs(distances.start), Math.abs(distances.end)];
  if (Math.min(toStart, toEnd) > reach) return null;
  if (toStart === toEnd) return distances.start < 0 ? "start" : "end";
  return toStart < toEnd ? "start" : "end";
}

// The second at x, in hundredths; an end stays on its side of the other one.
export function secondAt({ from, to }, x, width, { start, end }, name) {
  const second = Math.min(to, Math.max(from, from + ((to - from) * x) / width));
  const other = name === "start" ? end : start;
  const limit = Number.isNaN(other) ? second : name === "start" ? Math.min(second, other) : Math.max(second, other);
  return Math.round(limit * 100) / 100;
}
