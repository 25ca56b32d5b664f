// One event on screen: its player with transport, its verdict buttons, and the state it shows.

import { Box } from "../clip/box.js";
import { momentText, withMoment } from "../clip/moment_text.js";
import { Player } from "../clip/player.js";
import { Telemetry } from "../clip/telemetry.js";
import { View } from "../clip/view.js";
import { outbox } from "../saving/page_outbox.js";
import { stateBadge, toast } from "../shared/dom.js";
import { label } from "../shared/keys.js";
import { gettext } from "../shared/texts.js";
import { BoxHandles } from "./box_handles.js";
import { Correction } from "./correction.js";
import { Drawing } from "./drawing.js";
import { showOpinions } from "./opinions.js";
import { keepDraft } from "./page_drafts.js";
import { SpanHandles } from "./span_handles.js";
import { Transport } from "./transport.js";

const PICTURE_SIZES = ["inset", "large", "none"]; // of the vendor's picture while the clip plays

export class Card {
  // onVerdict(card, approval, {reason, note, alone}): a verdict button was pressed; without reason and note, those
  // of the card are used. onNote(card): the note must be saved. onCorrect(card, entry): a correction was put into the
  // outbox. onUndo(), onRedo(): undo or redo was requested. onLoad(card, playable): its clip was loaded, or cannot be
  // played.
  constructor(root, { onVerdict, onNote, onUndo, onRedo, onCorrect = () => {}, onLoad = () => {} }) {
    Object.assign(this, { root, onVerdict, onNote, onCorrect });
    this.id = Number(root.dataset.event);
    this.canDecide = Boolean(root.dataset.decide);
    this.picture = PICTURE_SIZES[0];
    this.pile = null; // set by the deck, where the card stands for several events
    this.isReplaced = false; // set by the deck, where another card of the same event takes its place
    this.player = this.makePlayer(onLoad);
    this.transport = new Transport(root, this.player);
    this.telemetry = new Telemetry(root, this.player, (second) => this.transport.goTo(second));
    this.view = new View(this.part("player"), this.player, root.dataset.itemName);
    this.correction = new Correction(this, (...saved) => this.correct(...saved));
    const svg = this.part("box");
    this.box = svg ? new Box(svg, this.player, this.correction) : null;
    this.boxHandles = this.canDecide && this.box ? new BoxHandles(this) : null;
    this.listen(onUndo, onRedo);
    this.part("mark-missed")?.removeAttribute("hidden");
    this.spanHandles = new SpanHandles(this);
    this.drawing = new Drawing(this);
    if (this.box?.value) this.part("boxes")?.setAttribute("aria-pressed", true);
    if (this.note) keepDraft(this.note, this.id);
    label(root);
  }

  makePlayer(onLoad) {
    const screen = this.part("player");
    const { clip, start, end } = screen.dataset;
    const player = new Player(screen, {
      item: this.root.dataset.item,
      url: clip,
      start: parseFloat(start),
      end: parseFloat(end),
      onTick: () => {
        this.transport.draw();
        this.box?.draw();
        this.telemetry.draw();
      },
      onLoad: (playable) => onLoad(this, playable),
    });
    return player;
  }

  listen(onUndo, onRedo) {
    const { root } = this;
    root.querySelector("[data-verdicts]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter?.hasAttribute("data-confirm")) this.confirm();
      else if (event.submitter?.value) this.giveVerdict(event.submitter.value);
    });
    this.note?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.note.blur();
      this.onNote(this);
    });
    this.listenToPicture(this.part("annotated"));
    // Moves the focus without a new entry in the history, so that the back button still leaves the page.
    this.part("skip-to-verdict")?.addEventListener("click", (event) => {
      event.preventDefault();
      root.querySelector(event.currentTarget.hash).focus();
    });
    root.addEventListener("click", (event) => {
      const node = event.target.closest("[data-seek], [data-on-still]");
      if (node?.dataset.seek) this.seek(event, node, Number(node.dataset.seek));
      else if (node) this.drawing.showOnStill(event, node);
    });
    root.addEventListener("submit", (event) => {
      if (!event.target.matches("form[data-proposal]")) return;
      event.preventDefault();
      this.giveVerdict(...this.proposal);
    });
    for (const [name, run] of Object.entries({ undo: onUndo, redo: onRedo, flag: () => this.toggleFlag() })) {
      root.querySelector(`form[data-${name}]`)?.addEventListener("submit", (event) => {
        event.preventDefault();
        run();
      });
    }
  }

  // A click on the vendor's picture beside the clip does what its key does; one that cannot be loaded is no inset.
  listenToPicture(picture) {
    const drop = () => picture.removeAttribute("data-annotated");
    if (picture?.complete && !picture.naturalWidth) drop();
    picture?.addEventListener("error", drop);
    picture?.addEventListener("click", (event) => {
      if (!this.player.video.classList.contains("playing") || !picture.hasAttribute("data-annotated")) return;
      event.stopPropagation();
      this.toggleBoxes();
    });
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  get note() {
    return this.part("note-field");
  }

  // The verdict proposed from an earlier analysis, as [approval, {reason, note, alone}]; null if there is none. It
  // decides only this event, not the rest of its pile.
  get proposal() {
    const form = this.root.querySelector("form[data-proposal]");
    if (!form) return null;
    const { approval, reason, note } = Object.fromEntries(new FormData(form));
    return [approval, { reason, note, alone: true }];
  }

  // Shows or hides the box on the clip; or makes the vendor's picture with boxes large over the clip, which plays on
  // behind it, then takes it away, then makes it an inset again.
  toggleBoxes() {
    if (!this.part("boxes")) return;
    if (this.box?.value) {
      const isHidden = this.part("player").toggleAttribute("data-without-box");
      return this.part("boxes").setAttribute("aria-pressed", !isHidden);
    }
    this.picture = PICTURE_SIZES[(PICTURE_SIZES.indexOf(this.picture) + 1) % PICTURE_SIZES.length];
    this.part("player").dataset.picture = this.picture;
    this.part("boxes").setAttribute("aria-pressed", this.picture === "large");
  }

  get storedSpan() {
    const { form } = this.correction;
    const [start, end] = form
      ? ["start_s", "end_s"].map((name) => this.correction.field(name).defaultValue)
      : [this.part("player").dataset.start, this.part("player").dataset.end];
    return { start: parseFloat(start), end: parseFloat(end) };
  }

  // The span on the timeline, on the curves and in the loop, as it is being corrected.
  showSpan(span) {
    Object.assign(this.player, span);
    this.transport.draw();
    this.telemetry.drawEvent();
  }

  // The span and the box that the server holds, after its correction was saved, undone or dropped.
  showStored() {
    if (this.correction.isOpen) return;
    this.showSpan(this.storedSpan);
    this.box?.draw();
  }

  // A line of a transcript plays from its second; a link shows it paused, with the drawing of its comment.
  async seek(event, node, second) {
    if (node.localName === "button") return this.transport.playFrom(second);
    if (event.ctrlKey || event.metaKey || !this.part("player").dataset.clip) return;
    event.preventDefault();
    await this.showMoment(second);
    const svg = node.closest(".talk-step")?.querySelector(".drawing");
    if (svg) this.drawing.show(svg, second);
  }

  // Shows this second of the video, paused.
  async showMoment(seconds) {
    const { player } = this;
    if (seconds < player.from || seconds > player.to) this.transport.toggleWhole();
    player.pause();
    await player.load(seconds);
    player.seek(seconds);
    player.reveal();
  }

  // Begins a comment with the time on screen, which readers can click.
  commentAt() {
    const field = this.part("talk-field");
    const { video } = this.player;
    if (field && video.readyState) {
      field.value = withMoment(field.value, video.currentTime);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field?.focus();
  }

  async copyMoment() {
    const { currentTime } = this.player.video;
    const address = `${location.origin}/events/${this.id}/?at=${(Math.floor(currentTime * 10) / 10).toFixed(1)}`;
    try {
      await navigator.clipboard.writeText(address);
      toast(gettext("URL of {moment} copied.", { moment: momentText(currentTime) }));
    } catch {
      toast(address); // the browser does not let the page write to the clipboard
    }
  }

  // Puts the verdict into the outbox; the card shows it as unsaved until the server has answered. Returns the entry.
  decide(approval, { reason = "", note = this.note?.value.trim() ?? "", values = {} } = {}) {
    const { version, fingerprint } = this.root.dataset;
    const batch = Number(this.root.dataset.batch);
    this.show(approval, true);
    this.root.dataset.mine = "";
    const events = this.pile?.verdictEvents ?? [];
    if (events.length > 1) {
      return outbox.decideMany({ event: events[0][0], events, batch, approval, reason, note, values });
    }
    const order = this.root.closest("[data-deck]")?.dataset.order; // a random order makes the verdict part of a sample
    const seen = { event: this.id, batch, version: Number(version), fingerprint };
    return outbox.decide({ ...seen, approval, reason, note, order, values });
  }

  // What a person asked for on this card, with what is entered in its open correction.
  giveVerdict(approval, options) {
    if (!this.correction.takes(approval, options)) this.onVerdict(this, approval, options);
  }

  // Saves corrected values, with a verdict or without one.
  correct(values, approval, options) {
    if (approval) return this.onVerdict(this, approval, { ...options, values });
    const { version, fingerprint, batch, approval: before } = this.root.dataset;
    const seen = { event: this.id, batch: Number(batch), version: Number(version), fingerprint };
    this.onCorrect(this, outbox.correct({ ...seen, values }), before);
  }

  // Adds an event that the vendor missed in this video. Returns the entry.
  addMissed(fields) {
    const { batch, item } = this.root.dataset;
    return outbox.missed({ event: this.id, item: Number(item), batch: Number(batch), fields });
  }

  // Repeats the verdict of an event that changed since it was given. False where there is nothing to confirm.
  confirm() {
    const { approval, changed, reason, verdictNote } = this.root.dataset;
    if (changed === undefined || !this.canDecide) return false;
    this.onVerdict(this, approval, { reason, note: verdictNote });
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
    const node = this.part("flag-button");
    if (!node) return;
    node.setAttribute("aria-pressed", on);
    node.toggleAttribute("data-unsaved", unsaved);
    node.querySelector("span").textContent = on ? gettext("Flagged for a second look") : gettext("Flag");
    this.root.querySelector("form[data-flag] [name=on]").value = on ? "0" : "1";
  }

  show(approval, unsaved = false) {
    this.root.dataset.approval = approval;
    this.part("state-slot").replaceChildren(stateBadge(approval, unsaved));
  }

  // Shows the server's current state of this event.
  update({ version, fingerprint, approval, opinion_progress: progress }) {
    Object.assign(this.root.dataset, { version, fingerprint });
    this.pile?.update({ id: this.id, version, fingerprint, approval });
    this.show(approval);
    if (progress) showOpinions(this.part("opinions"), progress);
  }

  // Stops the clip and removes the card from the page.
  close() {
    this.player.close();
    this.root.remove();
  }
}
