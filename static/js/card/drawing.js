// Drawing on the frame that a comment is about, by mouse, pen, finger or arrow keys, and showing such a drawing over
// its frame; on the still where an item has no video. The form of the comment holds the drawing's numbers until it is
// sent or emptied.
import { onDrag, pointAt } from "../clip/drag.js";
import {
  continued,
  endMovedBy,
  HEIGHT,
  hasRoom,
  isDrawn,
  movedBy,
  newShape,
  pathOf,
  pointOf,
} from "../clip/drawing_shape.js";
import { toast } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";
import { ARROWS } from "./arrow_keys.js";

const NEAR = 0.2; // seconds around the moment of a drawing
const STEP = 0.02; // of the picture, by an arrow key
const NO_FRAME = gettext("The picture is not loaded, so there is nothing to draw on.");
const SVG = "http://www.w3.org/2000/svg";

export class Drawing {
  // card: the Card, whose picture is drawn on
  constructor(card) {
    Object.assign(this, { card, kind: "", at: 0, shapes: [], svg: null, isKeyed: false });
    this.screen = card.part("player");
    const { video } = card.player;
    video.addEventListener("play", () => this.leave());
    for (const name of ["timeupdate", "seeked"]) video.addEventListener(name, () => this.check());
    this.poster = this.screen.querySelector(".poster");
    if (this.form && (this.screen.dataset.clip || this.poster)) this.listen();
  }

  get isStill() {
    return !this.screen.dataset.clip;
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
      if (tool) this.begin(tool.dataset.draw);
      else if (target.closest("[data-draw-back]")) this.removeLast();
      else if (target.closest("[data-draw-cancel]")) this.cancel();
    });
    this.tools.addEventListener("keydown", (event) => this.press(event));
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
    if (!this.aspect) return toast(NO_FRAME);
    if (this.isStill) {
      this.at = null;
      this.card.part("talk-field").focus();
    } else if (this.shapes.length) {
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
    this.begin("arrow");
    this.put(this.shapes);
    // The keyboard of a phone would cover the tools, and one draws before one writes.
    if (matchMedia("(pointer: coarse)").matches) this.tools.querySelector("[data-draw]").focus();
  }

  // Picture and tools come into sight together: on a phone the comments lie far below the picture.
  begin(kind) {
    this.choose(kind);
    for (const part of [this.tools, this.screen]) part.scrollIntoView({ block: "nearest" });
  }

  // Width by height of the picture; NaN until it is loaded.
  get aspect() {
    const { videoWidth, videoHeight } = this.card.player.video;
    return this.isStill ? this.poster.naturalWidth / this.poster.naturalHeight : videoWidth / videoHeight;
  }

  get width() {
    return Math.round(HEIGHT * this.aspect);
  }

  choose(kind) {
    Object.assign(this, { kind, isKeyed: false });
    this.screen.toggleAttribute("data-drawing-on", Boolean(kind));
    if (!this.tools) return;
    this.tools.hidden = !kind;
    this.opener.setAttribute("aria-expanded", Boolean(kind));
    for (const tool of this.tools.querySelectorAll("[data-draw]")) {
      tool.setAttribute("aria-pressed", tool.dataset.draw === kind);
    }
  }

  // Arrow keys on a tool make its shape and move it, with Shift its end.
  press(event) {
    const by = ARROWS[event.key]?.map((part) => part * STEP);
    const tool = event.target.closest("[data-draw]");
    if (!by || !tool || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.kind !== tool.dataset.draw) this.choose(tool.dataset.draw);
    if (this.isKeyed) this.put(this.changed(by, event.shiftKey));
    else if (hasRoom(this.shapes)) this.put([...this.shapes, newShape(this.kind)]);
    this.isKeyed = this.shapes.length > 0;
  }

  changed(by, isEnd) {
    if (isEnd) return endMovedBy(this.shapes, by);
    return [...this.shapes.slice(0, -1), movedBy(this.shapes.at(-1), by)];
  }

  take(event) {
    if (!this.kind || !hasRoom(this.shapes)) return false;
    this.isKeyed = false;
    this.put([...this.shapes, { kind: this.kind, points: [pointOf(pointAt(this.svg, event))] }]);
    return true;
  }

  move(event) {
    this.put(continued(this.shapes, pointOf(pointAt(this.svg, event))));
  }

  removeLast() {
    this.isKeyed = false;
    this.put(this.shapes.slice(0, -1));
  }

  put(shapes) {
    this.shapes = shapes;
    this.svg?.replaceChildren(...shapes.map((shape) => this.pathOf(shape)));
    this.tools.querySelector("[data-draw-back]").hidden = !shapes.length;
    const drawing = { at: this.isStill ? null : Math.round(this.at * 100) / 100, aspect: this.aspect, shapes };
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

  // A saved drawing on the still; a clip that the item has got since then makes room for it.
  showOnStill(event, link) {
    if (event.ctrlKey || event.metaKey || !this.poster) return;
    event.preventDefault();
    this.card.player.pause();
    this.card.player.video.classList.remove("playing");
    this.show(link.querySelector(".drawing"), null);
  }

  check() {
    if (this.svg && this.at !== null && Math.abs(this.card.player.video.currentTime - this.at) > NEAR) this.leave();
  }

  // Takes the drawing out of the comment, which keeps its words.
  cancel() {
    this.put([]);
    this.leave();
    this.opener.focus();
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
