// Moments of a clip in texts and addresses: "01:05.3" and ?at=65.3.

export function momentText(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const [minutes, rest] = [Math.floor(tenths / 600), (tenths % 600) / 10];
  return `${String(minutes).padStart(2, "0")}:${rest.toFixed(1).padStart(4, "0")}`;
}

const LAST_MOMENT = /(^|\s)\d\d+:\d\d\.\d\s*$/;

// The text with a moment at its end, in place of one that is there already; as it is, if it names this moment.
export function withMoment(text, seconds) {
  if (text.split(/\s/).includes(momentText(seconds))) return text;
  const before = text.replace(LAST_MOMENT, "$1");
  return `${before}${before && !/\s$/.test(before) ? " " : ""}${momentText(seconds)} `;
}

// Whether the text is a moment and nothing else.
export const isOnlyMoment = (text) => LAST_MOMENT.exec(text)?.index === 0;

// The seconds of ?at= in the query of an address; null without any.
export function momentOf(search) {
  const text = new URLSearchParams(search).get("at");
  const seconds = text ? Number(text) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
