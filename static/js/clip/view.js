// How the picture is looked at: a click plays or pauses, a double click fills the screen, the wheel zooms towards the
// pointer, and so does a held key until its release; a drag pans; brightness and contrast for dark footage; a still of
// the picture on screen can be saved or copied.
import { toast } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";
import { momentText } from "./moment_text.js";
import { stillOf } from "./still.js";
import { stillName, zoomed } from "./zoom.js";

const STEP = 1.25; // of a zoom
const LEVELS = [1, 1.5, 2, 3]; // brightness and contrast
const SLOP = 6; // CSS pixels that a click may move
const HELD_ZOOM = 3; // while its key is held
const lights = new Map(); // name of a video → its light, which the next findings of this video keep
const NOT_LOADED = gettext("The clip is not loaded yet.");
const NO_COPY = gettext("This browser copies no pictures here; P saves it as a file.");
const NOT_ALLOWED = gettext("The host of this clip does not allow pictures of it to be saved.");

export class View {
  // screen: the element around the <video>; player: its Player; name: of the file of a still
  constructor(screen, player, name) {
    Object.assign(this, { screen, player, name, state: { zoom: 1, x: 0, y: 0 }, grip: null });
    this.pointer = null; // where it is over the picture
    this.before = null; // the state before a key that is held zoomed
    if (!lights.has(name)) lights.set(name, { brightness: 0, contrast: 0 });
    this.light = lights.get(name); // indexes of LEVELS
    if (!screen.dataset.clip) return;
    screen.addEventListener("pointerdown", (event) => this.take(event));
    screen.addEventListener("pointermove", (event) => this.drag(event));
    screen.addEventListener("pointerleave", () => {
      this.pointer = null;
    });
    screen.addEventListener("click", (event) => this.click(event));
    screen.addEventListener("dblclick", () => this.toggleFullScreen());
    screen.addEventListener("wheel", (event) => this.turn(event), { passive: false });
  }

  // Zooms towards the pointer while the key is held; its release shows the picture as it was before.
  holdZoom(key) {
    if (this.before) return;
    this.before = this.state;
    const { left, top } = this.screen.getBoundingClientRect();
    this.zoom(
      HELD_ZOOM,
      this.pointer ? { x: this.pointer.clientX - left, y: this.pointer.clientY - top } : this.middle,
    );
    const release = ({ type, key: released }) => {
      if (type === "keyup" && released.toLowerCase() !== key.toLowerCase()) return;
      removeEventListener("keyup", release);
      removeEventListener("blur", release);
      this.show(this.before);
      this.before = null;
    };
    addEventListener("keyup", release);
    addEventListener("blur", release);
  }

  take({ clientX, clientY, pointerType }) {
    this.grip = { clientX, clientY, from: this.state, isMouse: pointerType === "mouse" };
  }

  // Pans with the button held; a finger swipes or pinches instead.
  drag({ clientX, clientY, buttons }) {
    this.pointer = { clientX, clientY };
    if (!this.grip?.isMouse || !buttons || this.state.zoom === 1) return;
    const { from } = this.grip;
    const moved = { x: from.x + clientX - this.grip.clientX, y: from.y + clientY - this.grip.clientY };
    this.show(zoomed({ ...from, ...moved }, 1, this.middle, this.size));
  }

  click({ clientX, clientY, target }) {
    const { grip } = this;
    const isStill = grip && Math.hypot(clientX - grip.clientX, clientY - grip.clientY) <= SLOP;
    if (isStill && !target.closest("a, button")) this.player.toggle();
  }

  // A page that scrolls keeps its wheel, except for a pinch on a trackpad.
  turn(event) {
    const { scrollHeight, clientHeight } = document.documentElement;
    if (scrollHeight > clientHeight && !event.ctrlKey && !document.fullscreenElement) return;
    event.preventDefault();
    const { left, top } = this.screen.getBoundingClientRect();
    this.zoom(event.deltaY < 0 ? STEP : 1 / STEP, { x: event.clientX - left, y: event.clientY - top });
  }

  get size() {
    return { x: this.screen.clientWidth, y: this.screen.clientHeight };
  }

  get middle() {
    return { x: this.size.x / 2, y: this.size.y / 2 };
  }

  zoom(factor, at = this.middle) {
    this.show(zoomed(this.state, factor, at, this.size));
  }

  zoomIn() {
    this.zoom(STEP);
  }

  zoomOut() {
    this.zoom(1 / STEP);
  }

  show(state) {
    this.state = state;
    this.screen.toggleAttribute("data-zoomed", state.zoom > 1);
    this.screen.style.setProperty("--view", `translate(${state.x}px, ${state.y}px) scale(${state.zoom})`);
  }

  reset() {
    this.show({ zoom: 1, x: 0, y: 0 });
    Object.assign(this.light, { brightness: 0, contrast: 0 });
    this.showLight();
  }

  // The next level of "brightness" or "contrast"; after the last one the first.
  brighten(kind) {
    this.light[kind] = (this.light[kind] + 1) % LEVELS.length;
    this.showLight();
    const level = LEVELS[this.light[kind]];
    toast(kind === "contrast" ? gettext("Contrast {level}×", { level }) : gettext("Brightness {level}×", { level }));
  }

  showLight() {
    const [brightness, contrast] = [LEVELS[this.light.brightness], LEVELS[this.light.contrast]];
    this.screen.toggleAttribute("data-lit", brightness > 1 || contrast > 1);
    this.screen.style.setProperty("--light", `brightness(${brightness}) contrast(${contrast})`);
  }

  toggleFullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    this.show({ zoom: 1, x: 0, y: 0 });
    return this.screen
      .requestFullscreen?.()
      .catch(() => toast(gettext("This browser does not show the picture full screen.")));
  }

  async saveStill() {
    const { video } = this.player;
    if (!video.src || !video.readyState) return toast(NOT_LOADED);
    const at = video.currentTime;
    try {
      const blob = await stillOf(video, at);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = stillName(this.name, at);
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    } catch {
      toast(NOT_ALLOWED);
    }
  }

  // As a picture, and as a text with the name and the time: whatever it is pasted into takes the one that it can use.
  async copyStill() {
    const { video } = this.player;
    if (!video.src || !video.readyState) return toast(NOT_LOADED);
    if (!globalThis.ClipboardItem) return toast(NO_COPY);
    const text = `${this.name} ${momentText(video.currentTime)}`;
    const still = stillOf(video, video.currentTime);
    let isAllowed = true;
    still.catch(() => {
      isAllowed = false;
    });
    // The clipboard is asked at once, while the press of the key still counts; the picture follows.
    const item = new ClipboardItem({ "image/png": still, "text/plain": new Blob([text], { type: "text/plain" }) });
    try {
      await navigator.clipboard.write([item]);
      toast(gettext("Copied: {text}", { text }));
    } catch {
      toast(isAllowed ? NO_COPY : NOT_ALLOWED);
    }
  }
}
