// The box of a finding on the picture: on a moving one while it is inside the span, on a still one and on a box that is
// being drawn or corrected always.
import { boxAt, CORNERS } from "./box_shape.js";

const NEAR = 0.25; // seconds around a finding without a length

// Whether the second belongs to the span from start to end (NaN: none).
export function isInSpan(second, start, end) {
  if (Number.isNaN(start)) return true;
  const last = Number.isNaN(end) ? start : end;
  return last > start ? second >= start && second <= last : Math.abs(second - start) <= NEAR;
}

export class Box {
  // svg: the element over the picture, with a rectangle and the path of its corners; correction: the strip whose field
  // holds the box, where the person may correct it
  constructor(svg, player, correction = null) {
    Object.assign(this, { svg, player, correction, missedField: null });
    this.track = JSON.parse(svg.dataset.boxes || "[]"); // of a detector that gives the box at several times
    this.poster = player.screen.querySelector(".poster");
    for (const name of ["loadedmetadata", "seeked"]) player.video.addEventListener(name, () => this.draw());
    this.poster?.addEventListener("load", () => this.draw());
    this.draw();
  }

  // Of the form that gets the box: that of the missed event being marked, else the correction strip; null without one.
  get field() {
    return this.missedField ?? (this.correction?.form ? this.correction.field("box") : null);
  }

  get isEdited() {
    return Boolean(this.missedField || this.correction?.isOpen);
  }

  get isMoving() {
    return this.player.video.classList.contains("playing");
  }

  // Width and height of the picture on screen: the clip's, else the still's; null before there is one.
  get size() {
    const { video } = this.player;
    if (this.isMoving && video.videoWidth) return [video.videoWidth, video.videoHeight];
    return this.poster?.naturalWidth ? [this.poster.naturalWidth, this.poster.naturalHeight] : null;
  }

  // Puts the box of a missed event in the place of the finding's own; null: the own one again.
  showMissed(field) {
    this.missedField = field;
    this.draw();
  }

  // [x, y, width, height] as parts of the picture; null for none.
  get value() {
    if (this.track.length && this.isMoving && !this.isEdited) return boxAt(this.track, this.player.video.currentTime);
    const text = this.field ? this.field.value : this.svg.dataset.box;
    return text ? text.split(" ").map(Number) : null;
  }

  draw() {
    const { video, start, end } = this.player;
    const { value, size, svg } = this;
    const isShown = this.isEdited || !this.isMoving || isInSpan(video.currentTime, start, end);
    svg.toggleAttribute("data-shown", Boolean(value && size) && isShown);
    svg.toggleAttribute("data-edited", this.isEdited);
    if (value && size) this.place(value, size);
  }

  // The drawing has the same shape as the picture, so that both lie in their frame alike.
  place([x, y, w, h], [width, height]) {
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [rectangle, corners] = this.svg.children;
    const shape = { x: x * width, y: y * height, width: w * width, height: h * height };
    for (const [name, value] of Object.entries(shape)) rectangle.setAttribute(name, value);
    const points = CORNERS.map(([right, down]) => `M${(x + right * w) * width} ${(y + down * h) * height}h0`);
    corners.setAttribute("d", points.join(""));
  }
}
