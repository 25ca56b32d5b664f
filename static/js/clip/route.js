// Where on the outline of a route the video is at a second.

// text: "second,x,y second,x,y …" in order
export function readPoints(text) {
  return text
    .split(" ")
    .filter(Boolean)
    .map((point) => point.split(",").map(Number));
}

// The point between its neighbours, as [x, y]; null before the first and after the last one.
export function pointAt(points, second) {
  const next = points.findIndex(([moment]) => moment >= second);
  if (next < 0 || !(second >= points[0][0])) return null;
  const [end, x, y] = points[next];
  const [start, fromX, fromY] = points[Math.max(0, next - 1)];
  const share = end > start ? (second - start) / (end - start) : 1;
  return [fromX + share * (x - fromX), fromY + share * (y - fromY)];
}
