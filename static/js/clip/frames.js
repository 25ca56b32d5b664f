// Single pictures of a paused video, one a press, whatever its frame rate: the browser tells which one is on screen.
const SHORTEST = 1 / 240; // seconds, until two pictures in a row were on screen
const DEFAULT = 1 / 30; // seconds, where the browser does not tell which picture is on screen
const LONGEST = 8; // seconds of one picture, after which no other one is looked for
const DRAW_TIME = 1000; // milliseconds that a seek and its picture may take

export class Frames {
  // onShown(): another picture is on screen
  constructor(video, onShown = () => {}) {
    Object.assign(this, { video, onShown });
    this.shown = NaN; // seconds: where the picture on screen begins
    this.length = NaN; // the shortest time between two pictures so far
    this.steps = Promise.resolve();
    this.drawn = () => {};
    this.isOutdated = false; // whether a seek has begun whose picture is not on screen yet
    if (!video.requestVideoFrameCallback) return;
    video.addEventListener("seeking", () => {
      this.isOutdated = true;
    });
    this.watch();
  }

  watch() {
    this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.watch();
      this.learn(mediaTime);
      if (!this.video.seeking) {
        this.isOutdated = false;
        this.drawn();
      }
      this.onShown();
    });
  }

  learn(shown) {
    const gap = Math.abs(shown - this.shown);
    if (gap > 0.001 && gap < 0.5 && !(gap > this.length - 1e-4)) this.length = gap;
    this.shown = shown;
  }

  // Shows the next picture (direction 1) or the one before (-1), between two seconds. A press during a step waits.
  step(direction, range) {
    this.steps = this.steps.then(() => this.find(direction, range));
    return this.steps;
  }

  // Tries twice the distance until the picture is another one: for equal frames that is the neighbour, because the
  // distance that first reaches past the end of a frame is shorter than two frames.
  async find(direction, range) {
    const before = await this.currentPicture();
    for (let gap = this.firstGap(direction); gap < LONGEST; gap *= 2) {
      const time = before + direction * gap;
      if (time < Math.max(0, range.from - gap) || time > range.to || !this.video.paused) return;
      await this.show(time);
      if (Number.isNaN(this.shown) || this.shown !== before) return;
    }
  }

  // Where a seek is under way its picture counts, not the one that is still on screen.
  async currentPicture() {
    const { video } = this;
    if (Number.isNaN(this.shown)) return video.currentTime;
    if (this.isOutdated || video.seeking) await this.picture();
    return video.seeking ? video.currentTime : this.shown;
  }

  // Into the middle of a frame, so that rounding never shows its neighbour.
  firstGap(direction) {
    if (Number.isNaN(this.shown)) return DEFAULT;
    const length = Number.isNaN(this.length) ? SHORTEST : this.length;
    return direction > 0 ? 1.5 * length : length / 2;
  }

  // Resolves when the picture at this second is on screen.
  show(time) {
    this.video.currentTime = time;
    return this.picture();
  }

  // Resolves when the picture of the last seek is on screen. During a seek the picture before it may still come.
  async picture() {
    await new Promise((resolve) => {
      this.drawn = resolve;
      setTimeout(resolve, DRAW_TIME);
    });
    this.isOutdated = false;
  }
}
