// The selection in grid and table: the focused one, a stretch, the page, or all that match the filter. Verdict keys and the
// bar at the bottom then mean all of it, as one gesture with one undo.

import * as outbox from "../saving/outbox.js";
import { toast } from "../shared/dom.js";
import { register } from "../shared/keys.js";
import { together } from "./piles.js";

const AT_ONCE = 500; // events that can be named one by one
const bar = document.getElementById("bulk");
const part = (name) => bar?.querySelector(`[data-bulk-${name}]`);
const rows = () => [...document.querySelectorAll("[data-tiles] [data-event]")];
const results = () => document.getElementById("results").dataset;
const number = (count) => count.toLocaleString("en-US");

const chosen = new Set(); // numbers of events, as in data-event
let anchor = null; // where a stretch begins
let matching = 0; // how many match, when all of them are meant; else 0

export const size = () => matching || chosen.size;
const isChosen = (row) => Boolean(matching) || chosen.has(row.dataset.event);

function draw() {
  for (const row of rows()) {
    const on = isChosen(row);
    row.toggleAttribute("data-selected", on);
    row.querySelector("[data-pick]").checked = on;
    if (row.hasAttribute("aria-selected")) row.setAttribute("aria-selected", on);
  }
  const count = size();
  document.body.toggleAttribute("data-selecting", count > 0);
  bar.hidden = !count;
  if (!count) return;
  part("words").textContent = matching ? `All ${number(matching)} that match selected` : `${number(count)} selected`;
  const all = part("all");
  all.hidden = Boolean(matching) || count < rows().length || !document.getElementById("more");
  all.textContent = "Select all that match";
}

export function clear() {
  chosen.clear();
  matching = 0;
  part("reason").value = "";
  draw();
}

function change(row, on, stretch) {
  const all = rows();
  const from = all.findIndex((one) => one.dataset.event === anchor);
  const to = all.indexOf(row);
  if (matching) for (const one of all) chosen.add(one.dataset.event); // from "all" back to those that can be seen
  matching = 0;
  const meant =
    stretch && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1).filter((one) => !one.hidden) : [row];
  for (const one of meant.flatMap(together)) {
    if (on) chosen.add(one.dataset.event);
    else chosen.delete(one.dataset.event);
  }
  anchor = row.dataset.event;
  draw();
}

// The page first; when it is selected already, all that match, with the number the server counts.
async function selectPage() {
  const all = rows();
  if (matching || !all.length) return;
  if (chosen.size < all.length) {
    for (const row of all) chosen.add(row.dataset.event);
    draw();
    return;
  }
  const { howMany } = results();
  try {
    const response = await fetch(howMany, { headers: { Accept: "application/json" } });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    if (howMany !== results().howMany || chosen.size < rows().length) return; // the page moved on meanwhile
    matching = answer.count;
    draw();
  } catch (error) {
    toast(
      error.message && !(error instanceof TypeError)
        ? error.message
        : "The server does not answer; the page stays selected.",
    );
  }
}

// The outbox entry of one verdict on all that is selected, or null where it cannot be given; the rows it is about.
export function decide(batch, approval) {
  const reason = part("reason").value.trim();
  const meant = rows().filter(isChosen);
  let entry = null;
  if (matching) {
    const { query, made, sync } = results();
    entry = outbox.decideMatching({ batch, approval, reason, query, made_at: made, count: matching, sync });
  } else if (chosen.size > AT_ONCE) {
    toast(`At most ${AT_ONCE} can be named one by one. Press Ctrl+A again for all that match.`);
    return null;
  } else {
    const events = meant.map(({ dataset }) => [Number(dataset.event), Number(dataset.version), dataset.fingerprint]);
    entry = outbox.decideMany({ batch, approval, reason, events });
  }
  clear();
  return { entry, rows: meant };
}

function toggle(stretch) {
  return () => {
    const row = document.activeElement?.closest("[data-event]");
    if (!row || !bar) return false;
    change(row, stretch || !isChosen(row), stretch);
  };
}

// onVerdict(approval): one of the bar's buttons was pressed
export function start(onVerdict) {
  if (!bar) return;
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-tiles] [data-event]");
    const box = event.target.closest("[data-pick]");
    if (box) change(row, box.checked, event.shiftKey);
    else if (row && event.shiftKey && !event.target.closest(".pick")) {
      event.preventDefault();
      change(row, true, true);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open], [data-menu][open]")) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "Escape" && size()) clear();
    if (
      event.key.toLowerCase() !== "a" ||
      !(event.ctrlKey || event.metaKey) ||
      event.shiftKey ||
      event.altKey ||
      !rows().length
    )
      return;
    event.preventDefault();
    if (!event.repeat) selectPage();
  });
  bar.addEventListener("click", (event) => {
    const verdict = event.target.closest("[data-bulk-verdict]");
    if (verdict) onVerdict(verdict.dataset.bulkVerdict);
    else if (event.target.closest("[data-bulk-all]")) selectPage();
    else if (event.target.closest("[data-bulk-clear]")) clear();
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "results") clear();
    else if (size()) draw();
  });
  register([
    { name: "select", keys: ["x"], show: "X", words: "Select the focused event", run: toggle(false) },
    {
      name: "stretch",
      keys: ["shift+x"],
      show: "Shift+X",
      words: "Select from the last one to here",
      run: toggle(true),
    },
    { keys: ["Ctrl+A"], show: "Ctrl+A", words: "Select the page; again: all that match" },
    { keys: ["Escape"], show: "Esc", words: "Select nothing" },
  ]);
}
