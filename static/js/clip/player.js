// Plays a clip in a loop around its event. If it fails, its URL is signed again once, and it continues at the same
// second. If it fails again, the thumbnail stays, with the reason. If its host gives it later, it is tried again then.

import { gettext } from "../shared/texts.js";
import { isBlocked } from "./blocked_urls.js";
import { Frames } from "./frames.js";
import { elsewhereMessage, isElsewhere } from "./moment.js";
import { forgetUrl, lenderOf, signedUrl } from "./signed_urls.js";
import { isStream, openStream } from "./stream.js";

const REASONS = {
  2: gettext("The clip stopped loading: the network or its host failed."),
  3: gettext("The clip cannot be decoded by this browser."),
  4: gettext("The clip cannot be played: its link expired, it was deleted, or the browser does not support its codec."),
};
const LONGEST_WAIT = 60; // seconds until another try
const BLOCKED = gettext("The clip's host redirects to another host, which this installation does not allow.");

export class Player {
  // screen: the element around the <video>; url: of the endpoint that signs the clip's address; start, end: seconds or
  // NaN; margin: seconds shown around the event; loops: whether it begins again at its end; onLoad(playable): whether a
  // first picture was loaded, or none will be
  constructor(screen, { item, url, start, end, margin = 2, loops = true, onTick = () => {}, onLoad = () => {} }) {
    Object.assign(this, { screen, item, url, start, end, margin, loops, onTick, onLoad });
    this.video = screen.querySelector("video");
    this.note = screen.querySelector("[data-note]");
    this.playsWhole = Number.isNaN(start);
    this.address = ""; // of the clip
    this.stream = null; // of hls.js, where the address is a stream's
    this.tries = 0;
    this.nextTry = 0; // the timer of it
    this.wanted = NaN; // seconds: the target of the last jump
    this.frames = new Frames(this.video, () => this.tick());
    this.shouldPlay = false;
    this.video.addEventListener("error", () => this.video.src && this.failed());
    this.video.addEventListener("timeupdate", () => this.tick());
    this.video.addEventListener("ended", () => this.rewind());
    this.video.addEventListener("loadedmetadata", () => this.fit());
    this.video.addEventListener("seeked", () => this.checkMoment());
    this.video.addEventListener("loadeddata", () => {
      this.screen.classList.add("has-clip");
      this.onLoad(true);
    });
  }

  get startOfLoop() {
    return Math.max(0, this.start - this.margin);
  }

  get from() {
    return this.playsWhole ? 0 : this.startOfLoop;
  }

  get to() {
    const length = this.video.duration || Infinity;
    if (this.playsWhole) return length;
    const end = Number.isNaN(this.end) ? this.start : this.end;
    return Math.min(length, Math.max(end, this.start + 0.5) + this.margin);
  }

  async load(at = this.from) {
    this.loaded ??= this.open(at);
    await this.loaded;
  }

  // fields: what the request for its address says besides
  async open(at, fields = {}) {
    if (!this.url) return this.onLoad(false); // the vendor offers none, and the page explains that
    clearTimeout(this.nextTry);
    this.closed = false;
    try {
      const address = await signedUrl(this.item, this.url, fields);
      if (this.closed) return; // its card was left or removed meanwhile
      await this.show(address);
    } catch (error) {
      this.loaded = null; // the next attempt to play asks again
      if (error.wait && !this.closed) this.tryAgainIn(error.wait, at);
      else if (error.status) this.onLoad(false); // without an answer the clip itself may be fine
      return this.showFailure(error.message);
    }
    if (this.note) this.note.hidden = true;
    this.showLender();
    this.seek(at);
  }

  // Says whose clip it is, where another batch lends it.
  showLender() {
    const line = this.screen.querySelector("[data-lender]");
    const lender = lenderOf(this.item);
    if (!line) return;
    line.hidden = !lender;
    if (!lender) return;
    const link = line.querySelector("a");
    link.textContent = lender.title;
    link.href = lender.url;
  }

  // Gives the video this address, or the stream at it.
  async show(url) {
    this.address = url;
    this.stream?.destroy();
    this.stream = null;
    if (isStream(url)) this.stream = await openStream(this.video, url, () => this.failed());
    else this.video.src = url;
  }

  // An event after the end of its clip cannot be looped: the whole clip plays, with the reason.
  fit() {
    if (!(this.startOfLoop >= this.video.duration)) return;
    this.playsWhole = true;
    this.showNote(gettext("The event starts after the end of the clip; the whole clip is shown."));
  }

  seek(at) {
    if (this.video.readyState >= 1) this.jump(at);
    else this.video.addEventListener("loadedmetadata", () => this.seek(at), { once: true });
  }

  jump(at) {
    this.wanted = Math.min(at, this.video.duration || Infinity);
    this.video.currentTime = at;
    if (!this.video.seeking) this.checkMoment(); // a browser that cannot seek does not try
  }

  // Checks the result of a jump: a host that ignores Range shows another moment than the requested one.
  checkMoment() {
    const { currentTime: at } = this.video;
    const { wanted } = this;
    this.wanted = NaN;
    if (isElsewhere(at, wanted, this.to)) this.showNote(elsewhereMessage(at, this.start));
  }

  async play() {
    this.shouldPlay = true;
    await this.load();
    if (!this.shouldPlay || !this.video.src) return;
    try {
      await this.video.play();
      this.reveal();
    } catch {
      // The browser keeps it paused (autoplay policy, or a pause meanwhile); the play button works.
    }
  }

  // Shows the clip in place of the thumbnail.
  reveal() {
    if (this.video.src) this.video.classList.add("playing");
    this.onTick(this);
  }

  pause() {
    this.shouldPlay = false;
    this.video.pause();
  }

  toggle() {
    return this.video.paused ? this.play() : this.pause();
  }

  step(seconds) {
    this.jump(Math.min(this.to, Math.max(this.from, this.video.currentTime + seconds)));
  }

  // The next picture (direction 1) or the one before (-1), paused.
  stepFrame(direction) {
    this.pause();
    return this.frames.step(direction, this);
  }

  rewind() {
    if (!this.loops) return this.pause();
    this.jump(this.from);
    if (this.shouldPlay) this.video.play().catch(() => {});
  }

  tick() {
    if (this.video.currentTime >= this.to - 0.02 && !this.video.seeking && this.shouldPlay) this.rewind();
    this.onTick(this);
  }

  async failed() {
    const at = this.video.currentTime || this.from;
    const blocked = isBlocked(this.address);
    if (this.tries++ || blocked) {
      this.onLoad(false);
      return this.showFailure(blocked ? BLOCKED : (REASONS[this.video.error?.code] ?? REASONS[4]));
    }
    await this.openAgain(at);
  }

  // Asks for its address again, and says that it could not be played.
  async openAgain(at) {
    forgetUrl(this.item);
    this.loaded = this.open(at, { failed: 1 });
    if (this.shouldPlay) await this.play();
  }

  tryAgainIn(seconds, at) {
    this.tries = 0; // what its host announced is no failure
    this.nextTry = setTimeout(() => this.openAgain(at), Math.min(seconds, LONGEST_WAIT) * 1000);
  }

  // The thumbnail stays, with the reason.
  showFailure(reason) {
    this.video.classList.remove("playing");
    this.showNote(reason);
    this.onTick(this);
  }

  // Shows a message about the clip. If there is no place for it, the clip is closed.
  showNote(message) {
    if (!this.note) return this.close();
    this.note.textContent = message;
    this.note.hidden = false;
  }

  // Releases the buffers.
  close() {
    this.pause();
    clearTimeout(this.nextTry);
    this.nextTry = 0;
    this.closed = true;
    this.video.classList.remove("playing");
    this.stream?.destroy();
    this.stream = null;
    this.video.removeAttribute("src");
    this.video.load();
    this.tries = 0;
    this.loaded = undefined;
  }
}
