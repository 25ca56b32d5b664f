// The result of a verdict on many events: live progress of a run in the background, what it left unchanged, and one
// undo.
import { outbox } from "../saving/page_outbox.js";
import { element, verdictWord } from "../shared/dom.js";
import { requestJSON } from "../shared/http.js";
import { formatCount, gettext, ngettext } from "../shared/texts.js";

const POLL_INTERVAL = 700; // milliseconds
const RUNNING = {
  approved: gettext("Approving: {position} of {total}"),
  rejected: gettext("Rejecting: {position} of {total}"),
  invalid: gettext("Marking as invalid: {position} of {total}"),
  copied: gettext("Copying verdicts: {position} of {total}"),
  correct: gettext("Correcting: {position} of {total}"),
  undo: gettext("Undoing: {position} of {total}"),
  redo: gettext("Redoing: {position} of {total}"),
};
const FINISHED = {
  approved: (count) => ngettext("{count} approved", "{count} approved", count),
  rejected: (count) => ngettext("{count} rejected", "{count} rejected", count),
  invalid: (count) => ngettext("{count} marked as invalid", "{count} marked as invalid", count),
  copied: (count) => ngettext("{count} verdicts copied", "{count} verdicts copied", count),
  correct: (count) => ngettext("{count} corrected", "{count} corrected", count),
  undo: (count) => ngettext("{count} undone", "{count} undone", count),
  redo: (count) => ngettext("{count} redone", "{count} redone", count),
};
const EMPTY = { unfinished: true, position: 0, total: 0, skipped_events: [], message: "" };

// Whether an undo skipped verdicts on events that others decided since. They can be undone once they are current again.
const hasRest = (run) => run.kind === "undo" && run.skipped > 0 && Boolean(run.target);
const isUndoable = (run) => !run.unfinished && (run.kind === "undo" ? hasRest(run) : run.decided && run.key);

function titleOf(run) {
  const verb = run.kind === "decide" ? run.approval || "copied" : run.kind;
  if (run.unfinished) {
    return RUNNING[verb].replace("{position}", formatCount(run.position)).replace("{total}", formatCount(run.total));
  }
  return `${FINISHED[verb](run.decided)}. ${run.message}`.trim();
}

function unchangedRow(event) {
  const link = element("a", "", event.label || gettext("Event {id}", event));
  link.href = event.url ?? `/events/${event.id}/`;
  return element("li", "", link, element("span", "quiet", ` ${verdictWord(event.approval)}`));
}

export class BulkRun {
  // panel: the element that shows it; onCounts(counts): what the server counts now, by approval; onEnd(): a run in the
  // background has ended
  constructor(panel, { onCounts, onEnd }) {
    Object.assign(this, { panel, onCounts, onEnd, timer: 0 });
    this.run = null; // as the server describes it
    this.part("stop").addEventListener("click", () => this.poll({ do: "stop" }));
    this.part("resume").addEventListener("click", () => this.poll({ do: "resume" }));
    this.part("close").addEventListener("click", () => this.close());
    this.part("undo").addEventListener("click", () => {
      outbox.undo({ batch: this.run.batch, target: hasRest(this.run) ? this.run.target : this.run.key });
      this.close();
    });
    const { run: url, kind } = panel.dataset;
    if (!url) return;
    this.run = { ...EMPTY, url, kind };
    this.poll();
  }

  part(name) {
    return this.panel.querySelector(`[data-run-${name}]`);
  }

  close() {
    this.panel.hidden = true;
  }

  // run: as the server describes it. A run that has ended is shown, but not polled.
  show(run) {
    clearTimeout(this.timer);
    this.run = { skipped_events: [], message: "", ...run };
    this.draw();
    if (run.unfinished) this.pollLater();
  }

  pollLater() {
    this.timer = setTimeout(() => this.poll(), POLL_INTERVAL);
  }

  // fields: what to do with the run, by POST; without them its progress is read.
  async poll(fields) {
    clearTimeout(this.timer);
    const before = this.run;
    const run = await this.load(fields);
    if (this.run !== before) return; // another run was shown meanwhile
    this.run = run;
    if (run.counts) this.onCounts(run.counts);
    this.draw();
    if (run.unfinished) this.pollLater();
    else if (before.unfinished) this.onEnd();
  }

  // A refusal is shown as the run's message. Without an answer the run continues on the server, and the next poll shows
  // it.
  async load(fields) {
    try {
      return await requestJSON(this.run.url, { fields });
    } catch (error) {
      return { ...this.run, message: error.status ? error.message : this.run.message };
    }
  }

  draw() {
    const { run } = this;
    const percent = run.total ? Math.floor((100 * run.position) / run.total) : 0;
    this.panel.hidden = false;
    this.part("words").textContent = titleOf(run);
    const bar = this.part("progress");
    bar.toggleAttribute("hidden", !run.unfinished);
    bar.setAttribute("aria-valuenow", percent);
    bar.querySelector(".level").setAttribute("width", `${percent}%`);
    this.part("stop").hidden = !(run.unfinished && ["decide", "correct"].includes(run.kind));
    this.part("resume").hidden = !run.failed;
    this.part("undo").hidden = !isUndoable(run);
    this.part("undo-label").textContent = hasRest(run) ? gettext("Undo the rest") : gettext("Undo");
    this.part("close").hidden = run.unfinished;
    this.drawUnchanged(run.unfinished ? [] : run.skipped_events);
  }

  drawUnchanged(events) {
    const details = this.part("left");
    details.hidden = !events.length;
    details.open = false;
    details.querySelector("summary").textContent = ngettext(
      "{count} left unchanged",
      "{count} left unchanged",
      this.run.skipped,
    );
    details.querySelector("ul").replaceChildren(...events.map(unchangedRow));
  }
}
