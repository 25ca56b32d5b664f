// One event on screen: its player with transport, its verdict buttons, and the state it shows.
import { setIcon, stateBadge } from "./dom.js";
import * as outbox from "./outbox.js";
import { Player } from "./player.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4];

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

export class Card {
  // onVerdict(card, approval) is asked after a button or a key; onUndo() likewise
  constructor(root, { onVerdict, onUndo }) {
    this.root = root;
    this.id = Number(root.dataset.event);
    this.canDecide = Boolean(root.dataset.decide);
    const screen = root.querySelector("[data-player]");
    this.player = new Player(screen, {
      item: root.dataset.item,
      address: screen.dataset.clip,
      start: parseFloat(screen.dataset.start),
      end: parseFloat(screen.dataset.end),
      onTick: () => this.tick(),
    });
    this.transport();
    root.querySelector("[data-verdicts]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      onVerdict(this, event.submitter?.value ?? "approved");
    });
    root.querySelector("[data-undo]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      onUndo();
    });
  }

  get note() {
    return this.root.querySelector("[data-note-field]");
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  transport() {
    const { video } = this.player;
    this.part("transport").hidden = false;
    this.part("play").addEventListener("click", () => this.player.toggle());
    this.part("whole").addEventListener("click", () => this.toggleWhole());
    this.part("sound").addEventListener("click", () => this.toggleSound());
    this.part("speed").addEventListener("click", () => this.faster(1, true));
    this.part("scrub").addEventListener("input", (event) => (video.currentTime = Number(event.target.value)));
    for (const name of ["play", "pause"]) video.addEventListener(name, () => setIcon(this.part("play"), video.paused ? "play" : "pause"));
    video.addEventListener("loadedmetadata", () => this.tick());
  }

  tick() {
    const { video, from, to, start, end } = this.player;
    if (!Number.isFinite(to) || to <= from) return;
    const place = (second) => (100 * (Math.min(to, Math.max(from, second)) - from)) / (to - from);
    const scrub = this.part("scrub");
    scrub.min = from;
    scrub.max = to;
    scrub.value = video.currentTime;
    this.part("clock").textContent = `${clock(video.currentTime)} / ${clock(to)}`;
    if (!Number.isNaN(start)) {
      const last = Number.isNaN(end) ? start : end;
      this.part("span").setAttribute("x", `${place(start)}%`);
      this.part("span").setAttribute("width", `${Math.max(0.5, place(last) - place(start))}%`);
    }
    this.part("played").setAttribute("width", `${place(video.currentTime)}%`);
  }

  toggleWhole() {
    if (Number.isNaN(this.player.start)) return;
    this.player.whole = !this.player.whole;
    this.part("whole").setAttribute("aria-pressed", this.player.whole);
    this.tick();
  }

  toggleSound() {
    const { video } = this.player;
    video.muted = !video.muted;
    this.part("sound").setAttribute("aria-pressed", video.muted);
    setIcon(this.part("sound"), video.muted ? "mute" : "sound");
  }

  faster(steps, around = false) {
    const { video } = this.player;
    let next = SPEEDS.indexOf(video.playbackRate) + steps;
    next = around ? next % SPEEDS.length : Math.min(SPEEDS.length - 1, Math.max(0, next));
    video.playbackRate = SPEEDS[next];
    this.part("speed").textContent = `${SPEEDS[next]}×`;
    this.part("speed").setAttribute("aria-label", `Speed ${SPEEDS[next]}×`);
  }

  // Into the outbox; the card shows it as unsaved until the server has answered.
  decide(approval) {
    const { dataset } = this.root;
    const note = this.note?.value.trim() ?? "";
    const before = dataset.approval;
    const entry = outbox.decide({ event: this.id, batch: Number(dataset.batch), version: Number(dataset.version), fingerprint: dataset.fingerprint, approval, note });
    this.show(approval, true);
    return { entry, event: this.id, before };
  }

  show(approval, unsaved = false) {
    this.root.dataset.approval = approval;
    this.part("state-slot").replaceChildren(stateBadge(approval, unsaved));
  }

  // What the server says is true of this event now.
  update({ version, fingerprint, approval }) {
    Object.assign(this.root.dataset, { version, fingerprint });
    this.show(approval);
  }
}
