// How the picture is looked at: a click plays or pauses, a double click fills the screen, the wheel zooms towards the
// pointer, a drag pans; brightness and contrast for dark footage; a still of the picture on screen can be saved.
import { toast } from "../shared/dom.js";
import { stillName, zoomed } from "./zoom.js";

const STEP = 1.25; // of a zoom
const LEVELS = [1, 1.5, 2, 3]; // brightness and contrast
const SLOP = 6; // CSS pixels that a click may move
const NOT_ALLOWED = "The host of this clip does not allow pictures of it to be saved.";

export class View {
  // screen: the element around the <video>; player: its Player; name: of the file of a still
  constructor(screen, player, name) {
    Object.assign(this, { screen, player, name, state: { zoom: 1, x: 0, y: 0 }, grip: null });
    this.light = { brightness: 0, contrast: 0 }; // indexes of LEVELS
    if (!screen.dataset.clip) return;
    screen.addEventListener("pointerdown", (event) => this.take(event));
    screen.addEventListener("pointermove", (event) => this.drag(event));
    screen.addEventListener("click", (event) => this.click(event));
    screen.addEventListener("dblclick", () => this.toggleFullScreen());
    screen.addEventListener("wheel", (event) => this.turn(event), { passive: false });
  }

  take({ clientX, clientY, pointerType }) {
    this.grip = { clientX, clientY, from: this.state, isMouse: pointerType === "mouse" };
  }

  // Pans with the button held; a finger swipes or pinches instead.
  drag({ clientX, clientY, buttons }) {
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
    this.light = { brightness: 0, contrast: 0 };
    this.showLight();
  }

  // The next level of "brightness" or "contrast"; after the last one the first.
  brighten(kind) {
    this.light[kind] = (this.light[kind] + 1) % LEVELS.length;
    this.showLight();
    toast(`${kind === "contrast" ? "Contrast" : "Brightness"} ${LEVELS[this.light[kind]]}×`);
  }

  showLight() {
    const [brightness, contrast] = [LEVELS[this.light.brightness], LEVELS[this.light.contrast]];
    this.screen.toggleAttribute("data-lit", brightness > 1 || contrast > 1);
    this.screen.style.setProperty("--light", `brightness(${brightness}) contrast(${contrast})`);
  }

  toggleFullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    this.show({ zoom: 1, x: 0, y: 0 });
    return this.screen.requestFullscreen?.().catch(() => toast("This browser does not show the picture full screen."));
  }

  // A copy of the video is asked for in a way that lets its pixels be read; not every host allows that.
  async saveStill() {
    const { video } = this.player;
    if (!video.src || !video.readyState) return toast("The clip is not loaded yet.");
    const at = video.currentTime;
    try {
      const blob = await stillOf(video.currentSrc, at);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = stillName(this.name, at);
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    } catch {
      toast(NOT_ALLOWED);
    }
  }
}

function once(node, name) {
  return new Promise((resolve, reject) => {
    node.addEventListener(name, resolve, { once: true });
    node.addEventListener("error", reject, { once: true });
  });
}

// A picture of the video at a second, as PNG. Rejects where its host does not allow it.
async function stillOf(url, at) {
  const copy = document.createElement("video");
  Object.assign(copy, { crossOrigin: "anonymous", muted: true, preload: "auto", src: url });
  await once(copy, "loadeddata");
  copy.currentTime = at;
  await once(copy, "seeked");
  const canvas = Object.assign(document.createElement("canvas"), { width: copy.videoWidth, height: copy.videoHeight });
  canvas.getContext("2d").drawImage(copy, 0, 0);
  copy.removeAttribute("src");
  copy.load();
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(NOT_ALLOWED)))),
  );
}
