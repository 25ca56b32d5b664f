// Counts that the server computes (beside the filters, and each person's share) follow what is decided: they are loaded
// again, in the background, once no verdict has come for a moment.
import { on, VERDICT_SAVED } from "../shared/events.js";

const DELAY = 700; // milliseconds
const COUNTS = "#facets-loader, .shares";

export function refreshCounts() {
  for (const node of document.querySelectorAll(COUNTS)) htmx.trigger(node, "refresh");
}

export function startRefreshingCounts() {
  let timer = 0;
  on(VERDICT_SAVED, ({ answer }) => {
    if (!answer.events.length) return;
    clearTimeout(timer);
    timer = setTimeout(refreshCounts, DELAY);
  });
}
