// The arithmetic of moving a box and its sides; all numbers are parts of the picture, from 0 to 1.
export const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
];
// The box of a track of [second, x, y, w, h] at a second: between two of them, what lies between.
export function boxAt(track, second) {
  const next = track.findIndex(([at]) => at > second);
  if (next === 0) return track[0].slice(1);
  if (next === -1) return track.at(-1).slice(1);
  const [[from, ...before], [to, ...after]] = [track[next - 1], track[next]];
  const share = (second - from) / (to - from);
  return before.map((side, index) => side + (after[index] - side) * share);
}

const SMALLEST = 0.01; // a side
const PLACES = 10000; // as precise as the server keeps it

const between = (value, low, high) => Math.min(high, Math.max(low, value));

const rounded = (value) => Math.round(value * PLACES) / PLACES;

// Which of two edges a coordinate is at: -1 the first, 1 the second, 0 between them, null outside.
function edgeAt(value, first, second, reach) {
  const [toFirst, toSecond] = [Math.abs(value - first), Math.abs(value - second)];
  if (Math.min(toFirst, toSecond) <= reach) return toFirst < toSecond ? -1 : 1;
  return value > first && value < second ? 0 : null;
}

// What is taken at x, y: {x, y}, each -1, 0 or 1 for the first edge, none or the second; {x: 0, y: 0} is the whole box.
// Null beside the box. reach: around an edge, across and down
export function gripAt([left, top, width, height], { x, y }, reach) {
  const grip = { x: edgeAt(x, left, left + width, reach[0]), y: edgeAt(y, top, top + height, reach[1]) };
  return grip.x === null || grip.y === null ? null : grip;
}

// First edge and length of a side after its grip, never 0, was moved by `by`; it stays in the picture.
function resized(first, length, grip, by) {
  const second = first + length;
  if (grip > 0) return [first, between(second + by, first + SMALLEST, 1) - first];
  const moved = between(first + by, 0, second - SMALLEST);
  return [moved, second - moved];
}

export function moved([left, top, width, height], grip, across, down) {
  if (!grip.x && !grip.y) {
    return [between(left + across, 0, 1 - width), between(top + down, 0, 1 - height), width, height].map(rounded);
  }
  const [x, w] = grip.x ? resized(left, width, grip.x, across) : [left, width];
  const [y, h] = grip.y ? resized(top, height, grip.y, down) : [top, height];
  return [x, y, w, h].map(rounded);
}
