// The arithmetic of zooming: the point under the pointer stays where it is, and the picture never leaves its frame.
const MOST = 8; // times

const between = (value, low, high) => Math.min(high, Math.max(low, value));

// state: {zoom, x, y}, x and y the shift in CSS pixels of a picture that is scaled from its upper left corner; at: the
// point under the pointer; size: of the frame
export function zoomed({ zoom, x, y }, factor, at, size) {
  const next = between(zoom * factor, 1, MOST);
  const shift = (name, old) => between(at[name] - ((at[name] - old) * next) / zoom, size[name] * (1 - next), 0);
  return { zoom: next, x: shift("x", x), y: shift("y", y) };
}

// The name of a still: "cam1-00.12.3.png".
export function stillName(name, seconds) {
  const minutes = String(Math.floor(seconds / 60)).padStart(2, "0");
  const rest = (Math.floor((seconds % 60) * 10) / 10).toFixed(1).padStart(4, "0");
  return `${name.replace(/\.[a-z0-9]+$/i, "").replace(/[^\w.-]+/g, "-")}-${minutes}.${rest}.png`;
}
