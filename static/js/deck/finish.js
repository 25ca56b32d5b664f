// The end of a deck. It never reads "done" while verdicts wait to be saved, or were refused.
import { outbox } from "../saving/page_outbox.js";
import { setIcon } from "../shared/dom.js";
import { OUTBOX_CHANGED, on, VERDICT_SAVED } from "../shared/events.js";
import { trigger } from "../shared/htmx.js";
import { commaList, gettext, ngettext, parseCount } from "../shared/texts.js";

const COUNTED = {
  approved: (count) => ngettext("{count} approved", "{count} approved", count),
  rejected: (count) => ngettext("{count} rejected", "{count} rejected", count),
  invalid: (count) => ngettext("{count} invalid", "{count} invalid", count),
};

// [icon, title, explanation]
function messageFor(panel) {
  const refused = outbox.refused().length;
  const waiting = outbox.waiting().length;
  if (refused) {
    return [
      "alert",
      ngettext("{count} verdict was not saved", "{count} verdicts were not saved", refused),
      gettext("Each refusal is listed on this page with its reason and what you can do."),
    ];
  }
  if (waiting) {
    return [
      "clock",
      ngettext("{count} verdict is waiting to be saved", "{count} verdicts are waiting to be saved", waiting),
      gettext("They are sent as soon as the server answers. You can close this page; they stay in this browser."),
    ];
  }
  const count = panel.querySelector("[data-count=pending]"); // not there in a deck over several batches
  const pending = !count || parseCount(count.textContent);
  return ["check", pending ? gettext("You have reached the end of this queue") : gettext("No pending events left"), ""];
}

// "3 approved, 1 rejected": what the verdicts of this visit were; empty where there are none.
function countVerdicts(done) {
  const counts = {};
  for (const { approval, events } of done) {
    if (approval) counts[approval] = (counts[approval] ?? 0) + events.length;
  }
  return commaList(Object.entries(counts).map(([approval, count]) => COUNTED[approval](count)));
}

export class Finish {
  constructor(panel) {
    this.panel = panel;
    this.isReached = false;
    for (const name of [OUTBOX_CHANGED, VERDICT_SAVED]) {
      on(name, () => this.isReached && !panel.hidden && this.draw());
    }
  }

  // done: the verdicts of this visit, as in UndoStack
  show(done) {
    this.isReached = true;
    this.panel.hidden = false;
    const counts = countVerdicts(done);
    const session = this.panel.querySelector("[data-session]");
    session.hidden = !counts;
    session.textContent = gettext("In this session: {counts}.", { counts });
    this.draw();
    this.panel.focus();
  }

  hide() {
    this.panel.hidden = true;
  }

  draw() {
    const [iconName, title, explanation] = messageFor(this.panel);
    this.panel.dataset.kind = iconName;
    setIcon(this.panel, iconName);
    this.panel.querySelector("h2").textContent = title;
    const node = this.panel.querySelector("[data-why]");
    node.textContent = explanation;
    node.hidden = !explanation;
    if (iconName === "check") trigger(this.panel.querySelector("#done-next"), "refresh");
  }
}
