// The box of a finding on the moving picture, while the clip is inside its span.
const NEAR = 0.25; // seconds around a finding without a length

// Whether the second belongs to the span from start to end (NaN: none).
export function isInSpan(second, start, end) {
  if (Number.isNaN(start)) return true;
  const last = Number.isNaN(end) ? start : end;
  return last > start ? second >= start && second <= last : Math.abs(second - start) <= NEAR;
}

export class Box {
  // svg: the element over the <video>, whose only shape has its sides from 0 to 1
  constructor(svg, player) {
    Object.assign(this, { svg, player });
    player.video.addEventListener("loadedmetadata", () => this.fit());
    player.video.addEventListener("seeked", () => this.draw());
  }

  // The same shape as the video, so that both lie in their frame alike.
  fit() {
    const { videoWidth: width, videoHeight: height } = this.player.video;
    const [x, y, w, h] = this.svg.dataset.box.split(" ").map(Number);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const shape = { x: x * width, y: y * height, width: w * width, height: h * height };
    for (const [name, value] of Object.entries(shape)) this.svg.firstElementChild.setAttribute(name, value);
    this.draw();
  }

  draw() {
    const { video, start, end } = this.player;
    this.svg.toggleAttribute("data-shown", isInSpan(video.currentTime, start, end));
  }
}
