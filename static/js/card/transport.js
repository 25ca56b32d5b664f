// The bar below a clip: play, scrub, speed, sound, loop or whole video.
import { clock } from "../clip/clock.js";
import { setAttribute, setIcon, setText } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4, 8];
const STEP = 2; // seconds
let speed = 1; // of every card: who watches at 2× wants the next one at 2× too

export class Transport {
  constructor(root, player) {
    Object.assign(this, { root, player });
    const { video } = player;
    this.part("transport").hidden = false;
    this.part("play").addEventListener("click", () => player.toggle());
    this.part("whole")?.addEventListener("click", () => this.toggleWhole());
    this.part("sound").addEventListener("click", () => this.toggleSound());
    this.part("speed").addEventListener("click", () => this.nextSpeed());
    this.part("scrub").addEventListener("input", ({ target }) => {
      player.jump(Number(target.value));
    });
    for (const name of ["loadeddata", "play", "pause"]) {
      video.addEventListener(name, () => this.drawPlay());
    }
    video.addEventListener("loadedmetadata", () => this.draw());
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  drawPlay() {
    const { paused } = this.player.video;
    setIcon(this.part("play"), paused ? "play" : "pause");
    setText(this.part("play-word"), paused ? gettext("Play") : gettext("Pause"));
  }

  draw() {
    const { video, from, to, start, end } = this.player;
    if (!Number.isFinite(to) || to <= from) return;
    const percent = (second) => (100 * (Math.min(to, Math.max(from, second)) - from)) / (to - from);
    const scrub = this.part("scrub");
    setAttribute(scrub, "min", String(from));
    setAttribute(scrub, "max", String(to));
    scrub.value = video.currentTime;
    setText(this.part("clock"), `${clock(video.currentTime)} / ${clock(video.duration || to)}`);
    if (!Number.isNaN(start)) {
      const last = Number.isNaN(end) ? start : end;
      setAttribute(this.part("span"), "x", `${percent(start)}%`);
      setAttribute(this.part("span"), "width", `${Math.max(0.5, percent(last) - percent(start))}%`);
    }
    this.part("played").setAttribute("width", `${percent(video.currentTime)}%`);
  }

  stepBack() {
    this.player.step(-STEP);
  }

  stepForward() {
    this.player.step(STEP);
  }

  toggleWhole() {
    if (Number.isNaN(this.player.start)) return;
    this.player.playsWhole = !this.player.playsWhole;
    this.part("whole").setAttribute("aria-pressed", this.player.playsWhole);
    this.draw();
  }

  // Goes to this second, whether it lies in the loop or not, and plays on if it was playing.
  async goTo(second) {
    const { player } = this;
    if (second < player.from || second > player.to) this.toggleWhole();
    await player.load(second);
    player.seek(second);
  }

  // Plays from this second, whether it lies in the event's span or not.
  async playFrom(second) {
    if (!this.player.playsWhole) this.toggleWhole();
    await this.player.load(second);
    this.player.seek(second);
    await this.player.play();
  }

  toggleSound() {
    const { video } = this.player;
    video.muted = !video.muted;
    this.part("sound").setAttribute("aria-pressed", video.muted);
    setIcon(this.part("sound"), video.muted ? "mute" : "sound");
  }

  changeSpeed(steps) {
    const index = SPEEDS.indexOf(speed) + steps;
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, index))]);
  }

  // The button goes around: after the fastest speed comes the slowest.
  nextSpeed() {
    this.setSpeed(SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length]);
  }

  setSpeed(value) {
    speed = value;
    this.applySpeed();
  }

  // Needed after a new address too, which sets a video back to its default speed.
  applySpeed() {
    this.player.video.defaultPlaybackRate = this.player.video.playbackRate = speed;
    this.part("speed").textContent = `${speed}×`;
    this.part("speed").setAttribute("aria-label", gettext("Speed {speed}×", { speed }));
  }
}
