// A clip looped around its span. A clip that fails is signed again once and goes on at the same second; then the
// thumbnail stays, with a plain reason.
import { forget, sign } from "./signed_urls.js";

const REASONS = {
  2: "The clip stopped coming: the network or its host failed.",
  3: "The clip cannot be decoded by this browser.",
  4: "The clip cannot be played: its link expired, it is gone, or the browser does not know its codec.",
};

export class Player {
  // screen: the element around the <video>; start, end: seconds or NaN; margin: seconds shown around the span
  // onLoad(good): a picture of the clip is there, or none will come
  constructor(screen, { item, address, start, end, margin = 2, onTick = () => {}, onLoad = () => {} }) {
    Object.assign(this, { screen, item, address, start, end, margin, onTick, onLoad });
    this.video = screen.querySelector("video");
    this.note = screen.querySelector("[data-note]");
    this.whole = Number.isNaN(start);
    this.tries = 0;
    this.frame = 1 / 30; // seconds; measured once it plays
    this.wanted = false;
    this.video.addEventListener("error", () => this.video.src && this.failed());
    this.video.addEventListener("timeupdate", () => this.tick());
    this.video.addEventListener("ended", () => this.rewind());
    this.video.addEventListener("loadedmetadata", () => this.fit());
    this.video.addEventListener("loadeddata", () => {
      this.screen.classList.add("has-clip");
      this.onLoad(true);
    });
  }

  get from() {
    return this.whole ? 0 : Math.max(0, this.start - this.margin);
  }

  get to() {
    const length = this.video.duration || Infinity;
    if (this.whole) return length;
    const end = Number.isNaN(this.end) ? this.start : this.end;
    return Math.min(length, Math.max(end, this.start + 0.5) + this.margin);
  }

  async load(at = this.from) {
    this.loaded ??= this.open(at);
    await this.loaded;
  }

  async open(at) {
    if (!this.address) return this.onLoad(false); // the vendor gives out none, and the page says so
    try {
      this.video.src = await sign(this.item, this.address);
    } catch (error) {
      this.loaded = null; // the next wish to play asks again
      if (!error.away) this.onLoad(false);
      return this.say(error.message);
    }
    if (this.note) this.note.hidden = true;
    this.seek(at);
  }

  // A span behind the end of its clip cannot be looped: the whole clip plays, and says why.
  fit() {
    if (this.whole || this.from < this.video.duration) return;
    this.whole = true;
    this.say("The moment lies behind the end of the clip; this is the whole clip.");
  }

  seek(at) {
    if (this.video.readyState >= 1) this.video.currentTime = at;
    else this.video.addEventListener("loadedmetadata", () => this.seek(at), { once: true });
  }

  async play() {
    this.wanted = true;
    await this.load();
    if (!this.wanted || !this.video.src) return;
    try {
      await this.video.play();
      this.video.classList.add("playing");
      this.watch();
    } catch {
      // The browser keeps it paused (autoplay policy, or a pause meanwhile): the button is there.
    }
  }

  pause() {
    this.wanted = false;
    this.video.pause();
  }

  toggle() {
    return this.video.paused ? this.play() : this.pause();
  }

  step(seconds) {
    this.video.currentTime = Math.min(this.to, Math.max(this.from, this.video.currentTime + seconds));
  }

  // Single pictures, standing still: into the middle of the frame, so that rounding never shows its neighbour.
  frames(steps) {
    this.pause();
    const now = Math.floor(this.video.currentTime / this.frame + 1e-3);
    const place = (now + steps + 0.5) * this.frame;
    if (place > this.from - this.frame && place < this.to + this.frame) this.video.currentTime = Math.max(0, place);
  }

  // The shortest time between two pictures that were shown is the length of one.
  measure(shown) {
    const gap = shown - this.shown;
    if (gap > 0.004 && gap < (this.measured ? this.frame - 1e-4 : 0.5)) {
      this.frame = gap;
      this.measured = true;
    }
    this.shown = shown;
  }

  rewind() {
    this.video.currentTime = this.from;
    if (this.wanted) this.video.play().catch(() => {});
  }

  tick() {
    if (this.video.currentTime >= this.to - 0.02 && !this.video.seeking && this.wanted) this.rewind();
    this.onTick(this);
  }

  watch() {
    if (!this.video.requestVideoFrameCallback || this.watching) return;
    this.watching = true;
    const frame = (_now, { mediaTime }) => {
      this.measure(mediaTime);
      this.tick();
      if (this.wanted) this.video.requestVideoFrameCallback(frame);
      else this.watching = false;
    };
    this.video.requestVideoFrameCallback(frame);
  }

  async failed() {
    const at = this.video.currentTime || this.from;
    if (this.tries++) {
      this.onLoad(false);
      return this.say(REASONS[this.video.error?.code] ?? REASONS[4]);
    }
    forget(this.item);
    this.loaded = this.open(at);
    if (this.wanted) await this.play();
  }

  say(reason) {
    this.video.classList.remove("playing");
    if (!this.note) return;
    this.note.textContent = reason;
    this.note.hidden = false;
  }

  // Give the buffers back.
  close() {
    this.pause();
    this.video.classList.remove("playing");
    this.video.removeAttribute("src");
    this.video.load();
    this.loaded = undefined;
  }
}
