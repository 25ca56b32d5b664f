// Whether the tiles on the page are the events that the server counts under the filter. Deciding never reorders or
// empties a list under somebody's hands, so that after verdicts the two may differ: then the page says so and offers
// the list anew. After a bulk verdict it is loaded anew at once.
import { parseCount } from "../shared/texts.js";

// approvals: of the tiles on the page; choices: [{approval, count, on}] as the server counts them under the other
// filters; isWhole: whether the page has all of the list
export function agrees(approvals, choices, isWhole) {
  const anyOn = choices.some(({ on }) => on);
  return choices.every(({ approval, count, on }) => {
    const shown = approvals.filter((each) => each === approval).length;
    if (anyOn && !on) return shown === 0;
    return isWhole ? shown === count : shown <= count;
  });
}

function choicesOf(facets) {
  return [...facets.querySelectorAll("input[name=approval]")].map((input) => {
    const text = input.closest(".choice").querySelector(".choice-count").textContent.trim();
    return { approval: input.value, count: text ? parseCount(text) : NaN, on: input.checked };
  });
}

export class ListAgreement {
  // tiles(): the tiles on the page; isSaving(): whether verdicts wait, so that the counts are not the last ones;
  // reload(): loads the list anew
  constructor({ tiles, isSaving, reload }) {
    Object.assign(this, { tiles, isSaving, reload, isAfterBulk: false });
    document.addEventListener("htmx:afterSettle", ({ detail }) => detail.target.id === "facets" && this.check());
    document.addEventListener("click", ({ target }) => target.closest("[data-stale-reload]") && reload());
  }

  noteBulk() {
    this.isAfterBulk = true;
  }

  check() {
    const choices = choicesOf(document.getElementById("facets"));
    if (this.isSaving() || choices.some(({ count }) => Number.isNaN(count))) return;
    const approvals = this.tiles().map((tile) => tile.dataset.approval);
    const isStale = !agrees(approvals, choices, !document.getElementById("more"));
    const { isAfterBulk } = this;
    this.isAfterBulk = false;
    if (isStale && isAfterBulk) this.reload();
    else for (const node of document.querySelectorAll("[data-stale]")) node.hidden = !isStale;
  }
}
