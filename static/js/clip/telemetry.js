// The telemetry of a card's video: curves under the clip with the playhead, and the outline of the route. It is
// requested when a card of it comes on screen, and kept for the next ones. A card without any shows nothing.
import { requestPartial } from "../shared/http.js";
import { Latest } from "../shared/latest.js";
import { pointAt, readPoints } from "./route.js";

const pages = new Latest(20); // item → a promise of its telemetry, as a document

function place(circle, point) {
  circle.setAttribute("visibility", point ? "visible" : "hidden");
  if (!point) return;
  circle.setAttribute("cx", point[0]);
  circle.setAttribute("cy", point[1]);
}

export class Telemetry {
  // root: the element of the card; onSeek(second): a curve was clicked
  constructor(root, player, onSeek) {
    Object.assign(this, { root, player, onSeek, curves: [], route: null, isLoaded: false });
    player.video.addEventListener("loadedmetadata", () => this.fit());
    player.video.addEventListener("seeked", () => this.draw());
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  async show() {
    const { item, telemetry } = this.root.dataset;
    if (this.isLoaded) return;
    this.isLoaded = true;
    try {
      const page = await pages.get(item, () => requestPartial(telemetry, "telemetry"));
      this.add(page.querySelector("[data-curves]"), page.querySelector("[data-route]"));
    } catch {
      pages.delete(item);
      this.isLoaded = false; // the next time it is on screen tries again
    }
  }

  add(curves, route) {
    this.part("curves-place").toggleAttribute("data-reserved", Boolean(curves));
    if (curves) {
      this.part("curves-place").append(document.importNode(curves, true));
      document.body.toggleAttribute("data-has-telemetry", true);
    }
    if (route) {
      this.part("route-place").hidden = false;
      this.part("route-place").append(document.importNode(route, true));
    }
    this.curves = [...this.root.querySelectorAll("[data-curve]")];
    for (const curve of this.curves) curve.addEventListener("click", (event) => this.seek(curve, event));
    const map = this.root.querySelector("[data-points]");
    this.route = map && { map, points: readPoints(map.dataset.points) };
    this.fit();
  }

  get length() {
    return this.curves[0]?.viewBox.baseVal.width ?? 0;
  }

  seek(curve, { clientX }) {
    const { left, width } = curve.getBoundingClientRect();
    this.onSeek(this.length * Math.min(1, Math.max(0, (clientX - left) / width)));
  }

  // The curves are as long as the video, where its length is known.
  fit() {
    const { duration } = this.player.video;
    for (const curve of this.curves) if (duration > 0) curve.setAttribute("viewBox", `0 0 ${duration} 100`);
    this.drawEvent();
    this.draw();
  }

  drawEvent() {
    const { start, end } = this.player;
    if (Number.isNaN(start)) return;
    const length = Math.max(this.length / 400, (Number.isNaN(end) ? start : end) - start);
    for (const curve of this.curves) {
      const span = curve.querySelector("[data-curve-span]");
      span.setAttribute("x", start);
      span.setAttribute("width", length);
    }
    if (this.route) place(this.part("route-event"), pointAt(this.route.points, start));
  }

  draw() {
    const { currentTime } = this.player.video;
    for (const curve of this.curves) {
      const line = curve.querySelector("[data-curve-here]");
      line.setAttribute("x1", currentTime);
      line.setAttribute("x2", currentTime);
    }
    if (this.route) place(this.part("route-here"), pointAt(this.route.points, currentTime));
  }
}
