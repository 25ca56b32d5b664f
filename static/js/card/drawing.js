// Drawing on the frame that a comment is about, by mouse, pen or finger, and showing such a drawing over its frame.
// The form of the comment holds the drawing's numbers until it is sent or emptied.
import { onDrag, pointAt } from "../clip/drag.js";
import { continued, HEIGHT, hasRoom, isDrawn, pathOf, pointOf } from "../clip/drawing_shape.js";

const NEAR = 0.2; // seconds around the moment of a drawing
const SVG = "http://www.w3.org/2000/svg";

export class Drawing {
  // card: the Card, whose picture is drawn on
  constructor(card) {
    Object.assign(this, { card, kind: "", at: 0, shapes: [], svg: null });
    this.screen = card.part("player");
    const { video } = card.player;
    video.addEventListener("play", () => this.leave());
    for (const name of ["timeupdate", "seeked"]) video.addEventListener(name, () => this.check());
    if (this.form && this.screen.dataset.clip) this.listen();
  }

  get form() {
    return this.card.part("talk-form");
  }

  listen() {
    const { form } = this;
    this.opener = form.querySelector("[data-draw-open]");
    this.tools = form.querySelector("[data-drawing]");
    this.opener.hidden = false;
    this.opener.addEventListener("click", () => (this.kind ? this.leave() : this.open()));
    this.tools.addEventListener("click", ({ target }) => {
      const tool = target.closest("[data-draw]");
      if (tool) this.choose(tool.dataset.draw);
      else if (target.closest("[data-draw-back]")) this.put(this.shapes.slice(0, -1));
    });
    form.addEventListener("reset", () => this.forget());
    onDrag(this.screen, {
      take: (event) => this.take(event),
      move: (event) => this.move(event),
      release: () => this.put(this.shapes.filter(isDrawn)),
    });
  }

  // Goes back to the frame of a drawing that was begun.
  async open() {
    const { video } = this.card.player;
    if (!video.readyState) return;
    if (this.shapes.length) {
      await this.card.showMoment(this.at);
    } else {
      this.card.player.pause();
      this.at = video.currentTime;
      this.card.commentAt();
    }
    this.svg?.remove();
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", "drawing");
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.screen.append(this.svg);
    this.choose("arrow");
    this.put(this.shapes);
  }

  get aspect() {
    const { videoWidth, videoHeight } = this.card.player.video;
    return videoWidth / videoHeight;
  }

  get width() {
    return Math.round(HEIGHT * this.aspect);
  }

  choose(kind) {
    this.kind = kind;
    this.screen.toggleAttribute("data-drawing-on", Boolean(kind));
    if (!this.tools) return;
    this.tools.hidden = !kind;
    this.opener.setAttribute("aria-expanded", Boolean(kind));
    for (const tool of this.tools.querySelectorAll("[data-draw]")) {
      tool.setAttribute("aria-pressed", tool.dataset.draw === kind);
    }
  }

  take(event) {
    if (!this.kind || !hasRoom(this.shapes)) return false;
    this.put([...this.shapes, { kind: this.kind, points: [pointOf(pointAt(this.svg, event))] }]);
    return true;
  }

  move(event) {
    this.put(continued(this.shapes, pointOf(pointAt(this.svg, event))));
  }

  put(shapes) {
    this.shapes = shapes;
    this.svg?.replaceChildren(...shapes.map((shape) => this.pathOf(shape)));
    this.tools.querySelector("[data-draw-back]").hidden = !shapes.length;
    const drawing = { at: Math.round(this.at * 100) / 100, aspect: this.aspect, shapes };
    this.form.elements.drawing.value = shapes.length ? JSON.stringify(drawing) : "";
  }

  pathOf(shape) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", pathOf(shape, this.width));
    return path;
  }

  // Shows a saved drawing over the frame at a second.
  show(svg, second) {
    this.leave();
    this.svg = svg.cloneNode(true);
    this.at = second;
    this.screen.append(this.svg);
  }

  check() {
    if (this.svg && Math.abs(this.card.player.video.currentTime - this.at) > NEAR) this.leave();
  }

  // Takes the drawing off the picture; the form keeps it.
  leave() {
    this.svg?.remove();
    this.svg = null;
    this.choose("");
  }

  forget() {
    this.leave();
    this.shapes = [];
  }
}
