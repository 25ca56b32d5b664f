// The shapes of a drawing on a frame: points are parts of the picture, the path is in the units of its SVG.
export const HEIGHT = 1000; // of the picture
const HEAD = 40; // length of the two strokes of an arrow's head
const SPREAD = Math.PI / 7; // between the shaft and each of them
const MOST = 300; // points of a line
const MOST_SHAPES = 20;
const MOST_POINTS = 1000; // of a drawing: the server takes 20,000 characters, and a point has at most 16
const NEAR = 0.004; // of the picture: a point so near adds nothing
const PLACES = 10000;

const between = (value) => Math.min(1, Math.max(0, value));

export const pointOf = ({ x, y }) => [x, y].map((part) => Math.round(between(part) * PLACES) / PLACES);

const distance = ([x, y], [toX, toY]) => Math.hypot(toX - x, toY - y);

const pointsOf = (shapes) => shapes.reduce((sum, { points }) => sum + points.length, 0);

// Whether the drawing has room for one more shape: for its two ends at least.
export const hasRoom = (shapes) => shapes.length < MOST_SHAPES && pointsOf(shapes) + 2 <= MOST_POINTS;

// The shapes after the pointer went on to a point with the last of them. A full drawing keeps its lines as they are.
export function continued(shapes, point) {
  const last = shapes.at(-1);
  if (last.kind === "line" && last.points.length > 1 && pointsOf(shapes) >= MOST_POINTS) return shapes;
  return [...shapes.slice(0, -1), drawnTo(last, point)];
}

// The shape after the pointer went on to a point: a line gets longer, of others the end moves.
export function drawnTo(shape, point) {
  const { kind, points } = shape;
  if (kind !== "line") return { kind, points: [points[0], point] };
  const isNews = points.length < MOST && distance(points.at(-1), point) > NEAR;
  return isNews ? { kind, points: [...points, point] } : shape;
}

const NEW = {
  arrow: [
    [0.35, 0.5],
    [0.5, 0.5],
  ],
  box: [
    [0.4, 0.4],
    [0.6, 0.6],
  ],
  line: [
    [0.45, 0.5],
    [0.55, 0.5],
  ],
};

// A shape in the middle, to be moved by keys.
export const newShape = (kind) => ({ kind, points: NEW[kind] });

const beside = ([x, y], [across, down]) => pointOf({ x: x + across, y: y + down });

// The shape moved as a whole, as far as it stays in the picture.
export function movedBy({ kind, points }, by) {
  const isInside = points.every(([x, y]) => between(x + by[0]) === x + by[0] && between(y + by[1]) === y + by[1]);
  return { kind, points: isInside ? points.map((point) => beside(point, by)) : points };
}

// The shapes after the end of the last one was moved, or its line went on.
export const endMovedBy = (shapes, by) => continued(shapes, beside(shapes.at(-1).points.at(-1), by));

export function isDrawn({ points }) {
  return points.length > 1 && points.some((point) => distance(points[0], point) > NEAR);
}

const line = (points) => `M${points.map((point) => point.map((part) => part.toFixed(1)).join(" ")).join(" ")}`;

function head([x, y], [tipX, tipY]) {
  const angle = Math.atan2(tipY - y, tipX - x) + Math.PI;
  const end = (turn) => [tipX + HEAD * Math.cos(angle + turn), tipY + HEAD * Math.sin(angle + turn)];
  return line([end(-SPREAD), [tipX, tipY], end(SPREAD)]);
}

export function pathOf({ kind, points }, width) {
  const [first, ...more] = points.map(([x, y]) => [x * width, y * HEIGHT]);
  const last = more.at(-1) ?? first;
  if (kind === "box") return `${line([first, [last[0], first[1]], last, [first[0], last[1]]])}Z`;
  return line([first, ...more]) + (kind === "arrow" ? head(first, last) : "");
}
