// The grid: a clip in the tile on hover or focus, verdict keys on the focused tile, arrows between tiles.
import { conflictKeys } from "./conflict.js";
import { stateBadge, toast } from "./dom.js";
import { register } from "./keys.js";
import * as outbox from "./outbox.js";
import { Player } from "./player.js";
import { Presence } from "./presence.js";
import { showSecond } from "./second.js";
import { Verdicts } from "./verdicts.js";

const REST = 300; // milliseconds before a clip starts
const still = matchMedia("(prefers-reduced-motion: reduce)");
let verdicts = null; // of the batch of this page, from the first key on
let resting = 0;
let playing = null;

const tiles = () => [...document.querySelectorAll(".tile")];
const focused = () => document.activeElement?.closest(".tile");
const tileOf = (event) => document.querySelector(`.tile[data-event="${event}"]`);

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
  const player = new Player(picture, { item, address: picture.dataset.preview, start: parseFloat(start), end: parseFloat(end), margin: 0.25 });
  playing = { tile, player };
  player.play();
}

function rest(tile) {
  if (playing?.tile === tile) return;
  stop();
  if (tile && !still.matches) resting = setTimeout(() => preview(tile), REST);
}

const main = document.getElementById("main");
main.addEventListener("pointerover", (event) => event.pointerType !== "touch" && rest(event.target.closest(".tile")));
main.addEventListener("pointerleave", stop);
main.addEventListener("focusin", (event) => event.target.matches(".tile-link:focus-visible") && rest(event.target.closest(".tile")));
main.addEventListener("focusout", stop);

function show(tile, approval, unsaved = false) {
  tile.dataset.approval = approval;
  tile.querySelector(".tile-state").replaceChildren(stateBadge(approval, unsaved));
}

function focus(tile) {
  tile?.querySelector(".tile-link").focus();
}

function decide(approval) {
  return () => {
    const tile = focused();
    if (!tile || !document.querySelector("[data-tiles]").dataset.decide) return false;
    const { event, version, fingerprint, approval: before } = tile.dataset;
    const batch = Number(tile.parentElement.dataset.batch);
    const entry = outbox.decide({ event: Number(event), batch, version: Number(version), fingerprint, approval });
    ours().decided(entry, before);
    show(tile, approval, true);
    focus(tiles()[tiles().indexOf(tile) + 1]);
  };
}

function ours() {
  verdicts ??= new Verdicts(Number(document.querySelector("[data-tiles]").dataset.batch));
  return verdicts;
}

// way: "undo" or "redo"; shows: the field of the verdict that is true again
function back(way, shows) {
  return () => {
    if (!document.querySelector("[data-tiles]")?.dataset.decide) return false;
    const last = ours()[way]();
    const tile = last && tileOf(last.event);
    if (tile) show(tile, last[shows], true);
    focus(tile);
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
}

document.addEventListener("verdict:saved", ({ detail }) => {
  detail.answer.events.forEach(update);
  if (["undo", "redo"].includes(detail.entry.kind) && !tileOf(detail.answer.event?.id)) toast("Done, on an event that is not on this page.");
});
document.addEventListener("verdict:settled", ({ detail }) => update(detail.event));

// After a filter: the review button leads where the page looks.
document.addEventListener("htmx:afterSwap", () => {
  const review = document.getElementById("review-link");
  if (review) review.href = document.getElementById("results").dataset.review;
});

const onScreen = () => Number(focused()?.dataset.event) || null;
new Presence(document.querySelector("[data-presence]").dataset.presence, { event: onScreen }).say();

register([
  { name: "approve", keys: ["a"], show: "A", words: "Approve the focused event", run: decide("approved") },
  { name: "reject", keys: ["r"], show: "R", words: "Reject it", run: decide("rejected") },
  { name: "invalid", keys: ["i"], show: "I", words: "Invalid", run: decide("invalid") },
  { name: "undo", keys: ["z"], show: "Z", words: "Undo my last verdict", run: back("undo", "before") },
  { name: "redo", keys: ["shift+z"], show: "Shift+Z", words: "Redo what I undid", run: back("redo", "approval") },
  { name: "next", keys: ["j", "ArrowRight"], show: "J →", words: "Next event", run: move(1) },
  { name: "previous", keys: ["k", "ArrowLeft"], show: "K ←", words: "Event before", run: move(-1) },
  { name: "down", keys: ["ArrowDown"], show: "↓", words: "A row down", run: move(0, 1) },
  { name: "up", keys: ["ArrowUp"], show: "↑", words: "A row up", run: move(0, -1) },
  { keys: ["Enter"], show: "Enter", words: "Open it in the deck" },
  { name: "deck", keys: ["g"], show: "G", words: "Review in the deck", run: () => document.getElementById("review-link")?.click() },
  { name: "search", keys: ["/"], show: "/", words: "Search label and AI text", run: () => document.getElementById("q").focus() },
]);
conflictKeys(onScreen);
