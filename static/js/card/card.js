// One event on screen: its player with transport, its verdict buttons, and the state it shows.

import { Player } from "../clip/player.js";
import * as outbox from "../saving/outbox.js";
import { setIcon, stateBadge } from "../shared/dom.js";
import { label } from "../shared/keys.js";
import { showSecond } from "./opinions.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4];
let speed = 1; // of every card: whoever watches at 2× wants the next one so

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

export class Card {
  // onVerdict(card, approval, {reason, note}) is asked after a button; without the last: the card's own; onUndo(), onRedo()
  // likewise; onLoad(card, good): about its clip
  constructor(root, { onVerdict, onUndo, onRedo, onLoad = () => {} }) {
    this.root = root;
    this.id = Number(root.dataset.event);
    this.canDecide = Boolean(root.dataset.decide);
    this.onVerdict = onVerdict;
    const screen = root.querySelector("[data-player]");
    this.player = new Player(screen, {
      item: root.dataset.item,
      address: screen.dataset.clip,
      start: parseFloat(screen.dataset.start),
      end: parseFloat(screen.dataset.end),
      onTick: () => this.tick(),
      onLoad: (good) => onLoad(this, good),
    });
    this.transport();
    root.querySelector("[data-verdicts]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter?.hasAttribute("data-confirm")) this.confirm();
      else onVerdict(this, event.submitter?.value ?? "approved");
    });
    root.addEventListener("submit", (event) => {
      if (!event.target.matches("form[data-proposal]")) return;
      event.preventDefault();
      onVerdict(this, ...this.proposal);
    });
    for (const [name, run] of Object.entries({ undo: onUndo, redo: onRedo, flag: () => this.toggleFlag() })) {
      root.querySelector(`form[data-${name}]`)?.addEventListener("submit", (event) => {
        event.preventDefault();
        run();
      });
    }
    label(root);
    this.pile = null; // set by the deck, where the card stands for several events
  }

  // The verdict of an earlier analysis, as [approval, {reason, note, alone}]; null where none is proposed. It was said of
  // this event alone, whatever else is in its pile.
  get proposal() {
    const said = this.root.querySelector("form[data-proposal]");
    if (!said) return null;
    const { approval, reason, note } = Object.fromEntries(new FormData(said));
    return [approval, { reason, note, alone: true }];
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
    this.part("boxes")?.addEventListener("click", () => this.toggleBoxes());
    this.part("speed").addEventListener("click", () => this.faster(1, true));
    this.part("scrub").addEventListener("input", ({ target }) => {
      video.currentTime = Number(target.value);
    });
    for (const name of ["play", "pause"])
      video.addEventListener(name, () => setIcon(this.part("play"), video.paused ? "play" : "pause"));
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

  // The vendor's boxes are in its picture of the event: shown over the clip, which plays on behind it.
  toggleBoxes() {
    if (!this.part("boxes")) return;
    const on = this.part("player").toggleAttribute("data-boxed");
    this.part("boxes").setAttribute("aria-pressed", on);
  }

  toggleSound() {
    const { video } = this.player;
    video.muted = !video.muted;
    this.part("sound").setAttribute("aria-pressed", video.muted);
    setIcon(this.part("sound"), video.muted ? "mute" : "sound");
  }

  faster(steps, around = false) {
    const next = SPEEDS.indexOf(speed) + steps;
    speed = SPEEDS[around ? next % SPEEDS.length : Math.min(SPEEDS.length - 1, Math.max(0, next))];
    this.keepSpeed();
  }

  // Also after a new address, which sets a video back to its default.
  keepSpeed() {
    this.player.video.defaultPlaybackRate = this.player.video.playbackRate = speed;
    this.part("speed").textContent = `${speed}×`;
    this.part("speed").setAttribute("aria-label", `Speed ${speed}×`);
  }

  // Into the outbox; the card shows it as unsaved until the server has answered. Returns the entry.
  decide(approval, { reason = "", note = this.note?.value.trim() ?? "" } = {}) {
    const { batch, version, fingerprint } = this.root.dataset;
    this.show(approval, true);
    this.root.dataset.mine = "";
    const events = this.pile?.together ?? [];
    if (events.length > 1)
      return outbox.decideMany({ event: events[0][0], events, batch: Number(batch), approval, reason, note });
    const order = this.root.closest("[data-deck]")?.dataset.order; // the random one makes it part of a sample
    return outbox.decide({
      event: this.id,
      batch: Number(batch),
      version: Number(version),
      fingerprint,
      approval,
      reason,
      note,
      order,
    });
  }

  // The verdict that stands, said again of an event that changed since. False: there is nothing to confirm.
  confirm() {
    const { approval, changed, reason, noteSaid } = this.root.dataset;
    if (changed === undefined || !this.canDecide) return false;
    this.onVerdict(this, approval, { reason, note: noteSaid });
    return true;
  }

  get flagged() {
    return this.part("flag-button")?.getAttribute("aria-pressed") === "true";
  }

  toggleFlag() {
    outbox.flag({ event: this.id, batch: Number(this.root.dataset.batch), on: !this.flagged });
    this.showFlag(!this.flagged, true);
  }

  showFlag(on, unsaved = false) {
    const button = this.part("flag-button");
    if (!button) return;
    button.setAttribute("aria-pressed", on);
    button.toggleAttribute("data-unsaved", unsaved);
    button.querySelector("span").textContent = on ? "Flagged for a second look" : "Flag";
    this.root.querySelector("form[data-flag] [name=on]").value = on ? "0" : "1";
  }

  show(approval, unsaved = false) {
    this.root.dataset.approval = approval;
    this.part("state-slot").replaceChildren(stateBadge(approval, unsaved));
  }

  // What the server says is true of this event now.
  update({ version, fingerprint, approval, second }) {
    Object.assign(this.root.dataset, { version, fingerprint });
    this.pile?.update({ id: this.id, version, fingerprint, approval });
    this.show(approval);
    if (second) showSecond(this.part("second"), second);
  }
}
