// The box of a finding on the moving picture: while the clip is inside its span, and always while it is corrected.
import { CORNERS } from "./box_shape.js";

const NEAR = 0.25; // seconds around a finding without a length

// Whether the second belongs to the span from start to end (NaN: none).
export function isInSpan(second, start, end) {
  if (Number.isNaN(start)) return true;
  const last = Number.isNaN(end) ? start : end;
  return last > start ? second >= start && second <= last : Math.abs(second - start) <= NEAR;
}

export class Box {
  // svg: the element over the <video>, with a rectangle and the path of its corners; correction: the strip whose field
  // holds the box, where the person may correct it
  constructor(svg, player, correction) {
    Object.assign(this, { svg, player, correction });
    player.video.addEventListener("loadedmetadata", () => this.draw());
    player.video.addEventListener("seeked", () => this.draw());
  }

  // [x, y, width, height] as parts of the picture; null for none.
  get value() {
    const text = this.correction.form ? this.correction.field("box").value : this.svg.dataset.box;
    return text ? text.split(" ").map(Number) : null;
  }

  draw() {
    const { video, start, end } = this.player;
    const { value, correction, svg } = this;
    const isShown = correction.isOpen || isInSpan(video.currentTime, start, end);
    svg.toggleAttribute("data-shown", Boolean(value) && isShown);
    if (value && video.videoWidth) this.place(value);
  }

  // The drawing has the same shape as the video, so that both lie in their frame alike.
  place([x, y, w, h]) {
    const { videoWidth: width, videoHeight: height } = this.player.video;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [rectangle, corners] = this.svg.children;
    const shape = { x: x * width, y: y * height, width: w * width, height: h * height };
    for (const [name, value] of Object.entries(shape)) rectangle.setAttribute(name, value);
    const points = CORNERS.map(([right, down]) => `M${(x + right * w) * width} ${(y + down * h) * height}h0`);
    corners.setAttribute("d", points.join(""));
  }
}
