// Moments of a clip in texts and addresses: "01:05.3" and ?at=65.3.

export function momentText(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const [minutes, rest] = [Math.floor(tenths / 600), (tenths % 600) / 10];
  return `${String(minutes).padStart(2, "0")}:${rest.toFixed(1).padStart(4, "0")}`;
}

// The seconds of ?at= in the query of an address; null without any.
export function momentOf(search) {
  const text = new URLSearchParams(search).get("at");
  const seconds = text ? Number(text) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
