// What a swipe means, by its direction and length.
const SHORTEST = 72; // CSS pixels
const DOMINANCE = 1.4; // how much longer the main direction has to be than the other one

// x, y: CSS pixels to the right and down. Right approves, left rejects, up skips; "" for anything else.
export function swipeMeaning(x, y) {
  if (Math.abs(x) > SHORTEST && Math.abs(x) > DOMINANCE * Math.abs(y)) return x > 0 ? "approved" : "rejected";
  return y < -SHORTEST && -y > DOMINANCE * Math.abs(x) ? "skip" : "";
}
