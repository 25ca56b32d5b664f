// Grid and table: a clip in the tile on hover or focus, verdict keys on the focused tile or on all that are selected, arrows
// between tiles. A tile is a row in the table.

import { showSecond } from "../card/opinions.js";
import { Player } from "../clip/player.js";
import * as bulkrun from "../grid/bulk_run.js";
import { fan, stack, start as startStacks, together } from "../grid/piles.js";
import * as selection from "../grid/selection.js";
import { conflictKeys } from "../saving/conflict.js";
import * as outbox from "../saving/outbox.js";
import { recount } from "../saving/save_status.js";
import { Verdicts } from "../saving/undo_stack.js";
import { stateBadge, toast } from "../shared/dom.js";
import { register } from "../shared/keys.js";
import { Presence } from "../shared/presence.js";

const REST = 300; // milliseconds before a clip starts
const still = matchMedia("(prefers-reduced-motion: reduce)");
let verdicts = null; // of the batch of this page, from the first key on
let resting = 0;
let playing = null;

const TILE = "[data-tiles] [data-event]";
const tiles = () => [...document.querySelectorAll(`${TILE}:not([hidden])`)];
const focused = () => document.activeElement?.closest(TILE);
const tileOf = (event) => document.querySelector(`[data-tiles] [data-event="${event}"]`);
const canDecide = () => Boolean(document.querySelector("[data-tiles]")?.dataset.decide);

function stop() {
  clearTimeout(resting);
  playing?.player.close();
  playing?.player.video.remove();
  playing = null;
}

function preview(tile) {
  const picture = tile.querySelector(".tile-picture");
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, preload: "auto", tabIndex: -1 });
  picture.append(video);
  const { item, start, end } = tile.dataset;
  const player = new Player(picture, {
    item,
    address: picture.dataset.preview,
    start: parseFloat(start),
    end: parseFloat(end),
    margin: 0.25,
  });
  playing = { tile, player };
  player.play();
}

function rest(tile) {
  if (playing?.tile === tile) return;
  stop();
  if (tile && !still.matches) resting = setTimeout(() => preview(tile), REST);
}

const main = document.getElementById("main");
main.addEventListener("pointerover", (event) => event.pointerType !== "touch" && rest(event.target.closest(TILE)));
main.addEventListener("pointerleave", stop);
main.addEventListener(
  "focusin",
  (event) => event.target.matches("[data-open]:focus-visible") && rest(event.target.closest(TILE)),
);
main.addEventListener("focusout", stop);

function show(tile, approval, unsaved = false) {
  tile.dataset.approval = approval;
  tile.querySelector("[data-state-place]").replaceChildren(stateBadge(approval, unsaved));
}

function focus(tile) {
  tile?.querySelector("[data-open]").focus();
}

function decide(approval) {
  return () => {
    if (selection.size()) return decideMany(approval);
    const tile = focused();
    if (!tile || !canDecide()) return false;
    const { approval: before } = tile.dataset;
    const batch = ours().batch;
    const meant = together(tile);
    const seen = meant.map(({ dataset }) => [Number(dataset.event), Number(dataset.version), dataset.fingerprint]);
    const [event, version, fingerprint] = seen[0];
    const entry =
      meant.length > 1
        ? outbox.decideMany({ batch, event, events: seen, approval })
        : outbox.decide({ event, batch, version, fingerprint, approval });
    ours().decided(entry, before);
    showAll(meant, approval, true);
    focus(tiles()[tiles().indexOf(tile) + 1]);
  };
}

function showAll(all, approval, unsaved) {
  for (const tile of all) show(tile, approval, unsaved);
  stack();
}

function decideMany(approval) {
  const meant = selection.decide(ours().batch, approval);
  if (!meant) return;
  ours().decided(meant.entry);
  showAll(meant.rows, approval, true);
}

function ours() {
  verdicts ??= new Verdicts(Number(document.querySelector("[data-tiles]").dataset.batch));
  return verdicts;
}

// way: "undo" or "redo"; shows: the field of the verdict that is true again
function back(way, shows) {
  return () => {
    if (!canDecide()) return false;
    const last = ours()[way]();
    if (!last) return;
    showAll(last.events.map(tileOf).filter(Boolean), last[shows], !last.saved);
    focus(tileOf(last.event));
  };
}

// Sideways by one; up and down by a row, as it is laid out now.
function move(steps, rows = 0) {
  return () => {
    const all = tiles();
    const at = all.indexOf(focused());
    const columns = all.filter((tile) => tile.offsetTop === all[0]?.offsetTop).length;
    const next = at < 0 ? 0 : at + steps + rows * columns;
    if (!all.length || (rows && at < 0)) return false;
    focus(all[Math.min(all.length - 1, Math.max(0, next))]);
  };
}

function update(now) {
  const tile = tileOf(now.id);
  if (!tile) return;
  Object.assign(tile.dataset, { version: now.version, fingerprint: now.fingerprint });
  show(tile, now.approval);
  if (now.second) showSecond(tile.querySelector("[data-second]"), now.second);
  const said = {
    who: now.verdict_by,
    reason: now.reason,
    when: now.decided_at && new Date(now.decided_at).toLocaleTimeString(),
  };
  for (const place of tile.querySelectorAll("[data-said]")) place.textContent = said[place.dataset.said] ?? "";
}

// The rows as they are now, on this page and under this filter.
function refresh() {
  htmx.trigger(document.getElementById("filter"), "submit");
}

function many({ entry, answer }) {
  const { run, skipped = [] } = answer;
  if (run?.unfinished) return bulkrun.show(run);
  const kind = entry.kind === "bulk" ? "decide" : entry.kind;
  const decided = answer.steps.length;
  const said = {
    batch: entry.batch,
    kind,
    approval: entry.body.approval,
    key: entry.key,
    decided,
    left_alone: skipped,
  };
  bulkrun.show({ ...run, ...said, skipped: skipped.length, position: decided + skipped.length, unfinished: false });
}

document.addEventListener("verdict:saved", ({ detail }) => {
  detail.answer.events.forEach(update);
  (detail.answer.skipped ?? []).forEach(update);
  stack();
  if (detail.entry.kind === "bulk" || detail.answer.run) return many(detail);
  if (["undo", "redo"].includes(detail.entry.kind) && !tileOf(detail.answer.event?.id))
    toast("Done, on an event that is not on this page.");
});
document.addEventListener("verdict:refused", ({ detail }) => detail.entry.kind === "bulk" && refresh());
document.addEventListener("verdict:settled", ({ detail }) => {
  update(detail.event);
  stack();
});

// After a filter: the review button leads where the page looks, and so do the other pages of the batch.
document.addEventListener("htmx:afterSwap", () => {
  const review = document.getElementById("review-link");
  const { review: address, query } = document.getElementById("results").dataset;
  if (review) review.href = address;
  for (const link of document.querySelectorAll("[data-with-query]")) link.search = query;
});

// A column's head is the order's own field, so that filter and address follow.
document.addEventListener("click", (event) => {
  const head = event.target.closest("[data-sort]");
  const order = document.querySelector("#filter select[name=sort]");
  if (!head || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  order.value = head.dataset.sort;
  order.dispatchEvent(new Event("change", { bubbles: true }));
});

startStacks();
if (location.hash === "#q") document.getElementById("q").focus(); // the deck's key for it
selection.start(decideMany);
bulkrun.start(recount, refresh);
const isTable = Boolean(document.querySelector("[data-look=table][aria-current]"));
const onward = isTable ? "[data-look=grid]" : "#review-link";
const onScreen = () => Number(focused()?.dataset.event) || null;
new Presence(document.querySelector("[data-presence]").dataset.presence, { event: onScreen }).say();

register([
  {
    name: "approve",
    keys: ["a"],
    show: "A",
    words: "Approve the focused event, or all that are selected",
    run: decide("approved"),
  },
  { name: "reject", keys: ["r"], show: "R", words: "Reject", run: decide("rejected") },
  { name: "invalid", keys: ["i"], show: "I", words: "Invalid", run: decide("invalid") },
  { name: "undo", keys: ["z"], show: "Z", words: "Undo my last verdict", run: back("undo", "before") },
  { name: "redo", keys: ["shift+z"], show: "Shift+Z", words: "Redo what I undid", run: back("redo", "approval") },
  { name: "next", keys: ["j", "ArrowRight"], show: "J →", words: "Next event", run: move(1) },
  { name: "previous", keys: ["k", "ArrowLeft"], show: "K ←", words: "Event before", run: move(-1) },
  { name: "down", keys: ["ArrowDown"], show: "↓", words: "A row down", run: move(0, 1) },
  { name: "up", keys: ["ArrowUp"], show: "↑", words: "A row up", run: move(0, -1) },
  { keys: ["Enter"], show: "Enter", words: "Open it in the deck" },
  {
    name: "fan",
    keys: ["p"],
    show: "P",
    words: "Fan out a pile of near-identical events, or stack it again",
    run: () => fan(focused()),
  },
  {
    name: "deck",
    keys: ["g"],
    show: "G",
    words: isTable ? "On to the grid" : "On to the deck",
    run: () => document.querySelector(onward)?.click(),
  },
  {
    name: "search",
    keys: ["/"],
    show: "/",
    words: "Search label and AI text",
    run: () => document.getElementById("q").focus(),
  },
]);
conflictKeys(onScreen);
