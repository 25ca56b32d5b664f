// The page on which a person watches whole videos and marks what the AI missed.
import { BoxHandles } from "../card/box_handles.js";
import { registerPlayKeys } from "../card/keys.js";
import { Missed } from "../card/missed.js";
import { Transport } from "../card/transport.js";
import { Box } from "../clip/box.js";
import { Player } from "../clip/player.js";
import { Stretches } from "../clip/stretches.js";
import { View } from "../clip/view.js";
import { outbox } from "../saving/page_outbox.js";
import { UndoStack } from "../saving/undo_stack.js";
import { toast } from "../shared/dom.js";
import { on, VERDICT_SAVED } from "../shared/events.js";
import { requestJSON, requestPartial } from "../shared/http.js";
import { label, register } from "../shared/keys.js";
import { gettext } from "../shared/texts.js";

const LONGEST_STEP = 1; // seconds of playing between two ticks, at normal speed
const SAVE_EVERY = 10000; // milliseconds of playing

class Watch {
  constructor(root) {
    this.root = root;
    this.batch = Number(root.dataset.batch);
    this.item = Number(root.dataset.item);
    this.undoStack = new UndoStack(this.batch, outbox);
    const played = JSON.parse(root.dataset.played);
    this.stretches = new Stretches(localStorage, `watched:${document.body.dataset.user}:${this.item}`, played);
    this.savedAt = Date.now();
    this.last = NaN;
    this.player = new Player(this.part("player"), {
      item: root.dataset.item,
      url: this.part("player").dataset.clip,
      start: NaN,
      end: NaN,
      loops: false,
      onTick: () => this.tick(),
    });
    this.box = root.dataset.decide ? new Box(this.part("box"), this.player) : null;
    this.boxHandles = this.box && new BoxHandles(this);
    this.transport = new Transport(root, this.player);
    this.view = new View(this.part("player"), this.player, root.dataset.itemName);
    this.missed = new Missed(
      root.querySelector("[data-missed]"),
      () => this,
      (_, fields) => this.add(fields),
    );
    this.listen();
    this.draw();
    on(VERDICT_SAVED, ({ entry }) => this.refresh(entry));
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  listen() {
    const { video } = this.player;
    video.addEventListener("loadedmetadata", () => this.draw());
    video.addEventListener("loadeddata", () => this.player.reveal()); // its first picture, before it plays
    this.part("hide-findings")?.addEventListener("click", () => this.toggleFindings());
    this.part("watched")?.addEventListener("submit", () => this.stretches.forget());
    video.addEventListener("pause", () => void this.save());
    addEventListener("pagehide", () => void this.save());
    this.root.addEventListener("click", (event) => {
      const link = event.target.closest("[data-seek]");
      if (!link || event.ctrlKey || event.metaKey || !video.readyState) return;
      event.preventDefault();
      this.player.jump(Number(link.dataset.seek));
    });
  }

  tick() {
    const { video } = this.player;
    const now = video.currentTime;
    const step = now - this.last;
    if (!video.seeking && step > 0 && step <= LONGEST_STEP * Math.max(1, video.playbackRate)) {
      this.stretches.add(this.last, now);
    }
    this.last = now;
    if (Date.now() - this.savedAt > SAVE_EVERY) void this.save();
    this.transport.draw();
    this.drawShare();
  }

  // What cannot be sent now stays in this browser, and is sent with what is played next.
  async save() {
    const { unsent } = this.stretches;
    if (!unsent || !this.root.dataset.playedUrl) return;
    this.savedAt = Date.now();
    try {
      await requestJSON(this.root.dataset.playedUrl, { fields: { parts: unsent }, keepalive: true });
      this.stretches.sent = unsent;
    } catch {
      // See above.
    }
  }

  draw() {
    const { duration } = this.player.video;
    if (duration > 0) {
      for (const mark of this.root.querySelectorAll(".watch-mark")) {
        const [start, end] = [Number(mark.dataset.start), Number(mark.dataset.end)];
        mark.setAttribute("x", `${(100 * start) / duration}%`);
        mark.setAttribute("width", `${Math.max(0.4, (100 * (end - start)) / duration)}%`);
      }
    }
    this.drawShare();
  }

  drawShare() {
    const button = this.part("watched-button");
    if (!button || !this.part("player").dataset.clip) return;
    const { duration } = this.player.video;
    button.disabled = !this.stretches.isWhole(duration);
    const percent = Math.floor(100 * this.stretches.share(duration));
    this.part("watched-hint").textContent = button.disabled
      ? gettext("Watched {percent} %.", { percent })
      : this.root.querySelector("#watch-findings").dataset.endSentence;
  }

  toggleFindings() {
    const isHidden = this.root.toggleAttribute("data-blind");
    this.part("hide-findings").setAttribute("aria-pressed", isHidden);
    this.part("findings-hidden").value = isHidden ? "on" : "";
  }

  submit() {
    if (this.part("watched-button") && !this.part("watched-button").disabled) this.part("watched-button").click();
  }

  add(fields) {
    const entry = outbox.missed({ item: this.item, batch: this.batch, fields });
    this.undoStack.push(entry, "pending");
  }

  async refresh({ kind }) {
    if (kind === "missed") toast(gettext("Missed event added."));
    try {
      const page = await requestPartial(this.root.dataset.findingsUrl, "watch-findings");
      this.root.querySelector("#watch-findings").replaceWith(page.querySelector("#watch-findings"));
      this.draw();
    } catch {
      // The list stays as it was; it is right again with the next change.
    }
  }
}

const root = document.querySelector("[data-watch]");
if (root) {
  const watch = new Watch(root);
  const ifAllowed = (run) => () => (root.dataset.decide ? run() : toast(gettext("You have read access only.")));
  registerPlayKeys((run) => (event) => run(watch, { at: event.timeStamp, key: event.key }));
  register("Decide", [
    {
      name: "missed",
      keys: ["o"],
      title: gettext("Mark an event that the AI missed: start at the playhead; again: its end"),
      run: ifAllowed(() => watch.missed.press(watch)),
    },
    { keys: [..."1234"], show: "1 … 4", title: gettext("Set a severity"), run: (event) => watch.missed.digit(event) },
    { keys: ["Escape"], show: "Esc", title: gettext("Discard the missed event"), run: () => watch.missed.drop() },
    {
      name: "undo",
      keys: ["z"],
      title: gettext("Undo my last verdict"),
      run: ifAllowed(() => void watch.undoStack.undo()),
    },
    { name: "redo", keys: ["shift+z"], title: gettext("Redo"), run: ifAllowed(() => void watch.undoStack.redo()) },
    {
      name: "watched",
      keys: ["w"],
      title: gettext("Watched to the end: next video"),
      run: ifAllowed(() => watch.submit()),
    },
    {
      name: "hide-findings",
      keys: ["h"],
      title: gettext("Hide or show the findings of the AI"),
      run: () => watch.toggleFindings(),
    },
  ]);
  label(root);
  watch.player.load(watch.stretches.resumeAt);
}
