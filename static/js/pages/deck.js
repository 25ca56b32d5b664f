// The deck: a snapshot of the queue and a cursor in it. The next cards are in the page and their clips buffered before
// they are needed, so that a verdict shows the next one at once.
import { Card } from "../card/card.js";
import { cardKeys } from "../card/keys.js";
import { Reasons } from "../card/reasons.js";
import { freshen } from "../card/refresh.js";
import { tellEnd } from "../deck/finish.js";
import { Serving } from "../deck/leases.js";
import { Pile, tellSwitch, want, wanted } from "../deck/piles.js";
import { Queue } from "../deck/queue.js";
import { claim, listen } from "../deck/swipes.js";
import { Pace } from "../deck/time_left.js";
import { remember } from "../saving/conflict.js";
import * as outbox from "../saving/outbox.js";
import { element, ICONS, icon, setIcon, toast } from "../shared/dom.js";
import { label, register } from "../shared/keys.js";
import "../card/comments.js";
import { Verdicts } from "../saving/undo_stack.js";

const AHEAD = 3; // cards in the page before they are needed
const BUFFERED = 2; // of these, clips that load already
const BEHIND = 2; // cards kept for going back
const BROKEN = 5; // clips in a row that cannot be played: it is not these few, and their order no longer matters

const root = document.querySelector("[data-deck]");
const holder = root.querySelector("[data-cards]");
const done = root.querySelector("[data-done]");
const held = root.querySelector("[data-held-state]");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const batch = Number(root.dataset.batch);
const cards = new Map(); // event id → promise of a Card
const heard = new Map(); // event id → its state as the server last told
const verdicts = new Verdicts(batch);
const reasons = new Reasons(document.querySelector("[data-reasons]"), (reason) => verdicts.addReason(reason));
const pace = new Pace(batch);
let current = null;
let queue = null;
let opening = null; // settles when there is a queue
let deciding = false;
let plays = false; // whether any clip could be played yet
let inRow = 0; // that could not, since the last one that could
const broken = []; // ids of these, until it is known what to make of them
const serving = new Serving(root.dataset.presence, root.dataset.token, {
  event: () => current?.id ?? null,
  onChange: () => (current ? prepare() : queue && show()),
});

function adopt(made) {
  claim(made.querySelector(".screen"));
  const card = new Card(made, {
    onVerdict: (one, approval, said) => verdict(one, approval, { byKey: false, ...said }),
    onUndo: undo,
    onRedo: redo,
    onLoad,
  });
  const fan = made.querySelector("[data-pile]");
  if (fan && wanted()) card.pile = new Pile(fan, made, { onApart: apart, onAlone: alone });
  else fan?.remove();
  return card;
}

// An event whose clip cannot be played comes last, unless it is on screen already, or no clip can be.
function onLoad(card, good) {
  plays ||= good;
  inRow = good ? 0 : inRow + 1;
  if (!good) broken.push(card.id);
  if (!plays || inRow > BROKEN || !queue) return;
  if (broken.splice(0).filter((id) => queue.later(id)).length) prepare();
}

// Taken out of the pile on screen, or put back: it is the next card, or none.
function apart(id, out) {
  queue?.apart(id, out);
  prepare();
}

// Shown by itself, and decided by itself.
async function alone(id) {
  await opening;
  const { pile } = current;
  if (id !== current.id) return goTo(id);
  queue.apart(id);
  pile.keepOnly([id]);
  pile.toggle();
  tellPlace();
  prepare();
}

async function fetchCard(id) {
  const asked = Object.entries({
    pile: queue.pileOf(id)?.join(","),
    compare: new URLSearchParams(root.dataset.query).get("compare"),
  });
  const query = new URLSearchParams(asked.filter(([, value]) => value)).toString();
  const response = await fetch(`/events/${id}/${query && `?${query}`}`, {
    headers: { "HX-Request": "true", "HX-Target": "card" },
  });
  if (response.headers.has("HX-Redirect")) throw new Error("Your session has ended. Sign in again; verdicts are kept.");
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const made = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".card");
  made.removeAttribute("id");
  made.hidden = true;
  holder.append(made);
  for (const now of heard.values()) mark(made, now); // saved while this card was on its way
  return adopt(made);
}

function cardOf(id) {
  if (!cards.has(id)) {
    const card = fetchCard(id);
    cards.set(id, card);
    card.catch(() => cards.delete(id));
  }
  return cards.get(id);
}

async function drop(id) {
  const card = cards.get(id);
  cards.delete(id);
  discard(await card);
}

function discard(card) {
  card.player.close();
  card.root.remove();
}

function prepare() {
  const near = queue.around(BEHIND, AHEAD);
  for (const id of cards.keys()) if (!near.includes(id) && id !== current?.id) drop(id).catch(() => {});
  queue.around(0, AHEAD).forEach((id, distance) => {
    const card = cardOf(id);
    if (distance && distance <= BUFFERED) card.then((one) => one.player.load()).catch(() => {});
    else card.catch(() => {});
  });
  queue.refill().then(tellPlace, () => {});
}

function tellPlace() {
  root.querySelector("[data-place]").textContent = queue.words;
  tellSwitch(root.querySelector("[data-piles]"), queue.counts ?? { cards: 1, events: 1 });
  root.querySelector("[data-pace]").textContent = pace.words(queue.left);
  root.querySelector("[data-deck-level]").setAttribute("width", `${100 * queue.part}%`);
}

function onScreen(card) {
  if (current && current !== card) {
    current.player.pause();
    current.root.hidden = true;
    current.root.removeAttribute("id");
    if (current.stale) discard(current);
  }
  current = card;
  serving.allow(card.id);
  done.hidden = held.hidden = true;
  card.root.hidden = false;
  card.root.id = "card";
  card.keepSpeed();
  freshen(card.root);
  document.dispatchEvent(new CustomEvent("card:shown"));
  serving.presence.draw();
  card.root.focus({ preventScroll: true });
  const strip = card.root.querySelector(".strip");
  const here = strip.querySelector("[aria-current]");
  strip.scrollLeft = here ? here.offsetLeft - strip.clientWidth / 2 : 0;
  if (still.matches) card.player.load();
  else card.player.play();
  const query = new URLSearchParams(root.dataset.query);
  query.set("event", card.id);
  history.replaceState(null, "", `?${query}`);
}

async function show() {
  if (!serving.sure(queue.current)) {
    const wanted = queue.current;
    await serving.settled();
    if (wanted !== undefined && current?.id === queue.current) return; // moved on meanwhile
  }
  serving.ahead();
  const id = queue.current;
  tellPlace();
  if (id === undefined) return finish();
  try {
    const card = await cardOf(id);
    if (queue.current !== id) return; // moved on meanwhile
    onScreen(card);
  } catch {
    toast("The next card cannot be fetched yet; trying again.");
    setTimeout(() => queue.current === id && current?.id !== id && show(), 2000);
  }
  prepare();
}

function finish() {
  current?.player.pause();
  if (current) current.root.hidden = true;
  current = null;
  document.dispatchEvent(new CustomEvent("card:shown"));
  const came = held.hidden;
  held.hidden = !queue.held.length;
  done.hidden = !held.hidden;
  held.querySelector("[data-held-words]").textContent = serving.words;
  if (!held.hidden) return came && held.focus();
  const counts = {};
  for (const { approval, events } of verdicts.mine) {
    if (approval) counts[approval] = (counts[approval] ?? 0) + events.length;
  }
  const session = done.querySelector("[data-session]");
  session.hidden = !Object.keys(counts).length;
  session.textContent = `Just now: ${Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ")}.`;
  tellEnd(done);
  done.focus();
}

// Only the card on screen, and only while it is the queue's own: a key pressed while the next one loads decides nothing.
// `said`: {reason, note} where they are not the card's own; byKey: how long its reasons are offered; alone: without its pile
async function verdict(card, approval, { byKey = true, alone = false, ...said } = {}) {
  if (deciding || (queue && card.id !== queue.current)) return;
  deciding = true;
  const before = card.root.dataset.approval;
  if (alone) card.pile?.keepOnly([card.id]);
  verdicts.decided(card.decide(approval, said), before);
  reasons.open(approval, card.root.dataset.label, byKey);
  pace.verdict();
  await opening; // the first verdict may be faster than the queue
  deciding = false;
  if (alone) queue.apart(card.id);
  queue.decided();
  move(1);
}

async function undo() {
  reasons.close();
  const last = verdicts.undo();
  if (last) await showUnsaved(last.event, last.before, !last.saved);
}

async function redo() {
  reasons.close();
  const last = verdicts.redo();
  if (last) await showUnsaved(last.event, last.approval, !last.saved);
}

function repeat(card) {
  const { last } = verdicts;
  if (last) verdict(card, last.approval, { reason: last.reason, note: last.note });
  else toast("Nothing to repeat yet: decide one first.");
}

async function showUnsaved(event, approval, unsaved) {
  await goTo(event);
  if (current?.id === event) current.show(approval, unsaved);
}

function move(steps) {
  if (!queue) return;
  queue.move(steps);
  if (steps < 0) serving.allow(queue.current); // what lies behind is looked at again, whoever has it
  return show();
}

function skip() {
  if (queue?.current === undefined) return;
  serving.release(queue.current);
  queue.skip();
  return show();
}

async function goTo(id) {
  serving.allow(id);
  if (!queue.ids.includes(id)) {
    queue.apart(id);
    for (const card of cards.values())
      card.then(
        (one) => one.pile?.take(id),
        () => {},
      );
  }
  queue.goTo(id);
  await show();
}

function update(now) {
  cards.get(now.id)?.then(
    (card) => card.update(now),
    () => {},
  );
  for (const card of cards.values())
    card.then(
      (one) => one.pile?.update(now),
      () => {},
    );
  heard.set(now.id, now);
  mark(holder, now);
}

// Somebody was faster on these, or the vendor changed them: each comes next, as it is now.
function leftOut(events) {
  const many = events.length > 1;
  toast(
    `${events.length} of the pile ${many ? "were" : "was"} decided or changed meanwhile and left out; look at ${many ? "them" : "it"} next.`,
  );
  for (const { id } of events) {
    if (cards.has(id)) drop(id).catch(() => {});
    queue.again(id);
  }
  if (current) prepare();
  else show();
}

// The state of one event in the strips below a place.
function mark(place, now) {
  for (const link of place.querySelectorAll(`[data-goto="${now.id}"]`)) {
    link.className = `strip-event state-${now.approval}`;
    setIcon(link, ICONS[now.approval]);
  }
}

document.addEventListener("verdict:saved", ({ detail: { entry, answer } }) => {
  if (entry.kind === "flag")
    return void cards.get(entry.event)?.then(
      (card) => card.showFlag(answer.event.flagged),
      () => {},
    );
  answer.events.forEach(update);
  if (answer.skipped?.length) leftOut(answer.skipped);
  const isVerdict = ["decide", "bulk"].includes(entry.kind);
  if (!isVerdict && answer.events.length > 1)
    toast(`${entry.kind === "undo" ? "Undone" : "Done again"}: ${answer.events.length} events.`);
  if (!isVerdict && !entry.event && answer.event) goTo(answer.event.id);
});
document.addEventListener("verdict:settled", ({ detail }) => update(detail.event));
document.addEventListener("conflict:settled", ({ detail }) => current?.id === detail.event && move(1));
document.addEventListener("verdict:refused", ({ detail: { entry } }) => {
  if (entry.event && ["decide", "bulk"].includes(entry.kind) && entry.batch === batch) comeBack(entry.event);
});

// The card of a verdict that was refused: fetched anew, right after the one on screen.
async function comeBack(id) {
  await opening;
  const old = await cards.get(id)?.catch(() => null);
  if (old) {
    remember(old.root);
    cards.delete(id);
    if (current === old) old.stale = true;
    else discard(old);
  }
  queue.comeBack(id);
  serving.allow(id);
  if (current && queue.current !== id) prepare();
  else show();
}

root.querySelector("[data-piles]").addEventListener("click", () => {
  want(!wanted());
  queue.forget();
  location.reload();
});
root.addEventListener("click", (event) => {
  const link = event.target.closest("[data-move], [data-goto]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.goto) goTo(Number(link.dataset.goto));
  else move(Number(link.dataset.move));
});

function skipButton() {
  const button = element("button", "verdict");
  button.type = "button";
  button.append(icon("skip"), element("span", "", "Skip"), element("kbd", "", "S"));
  button.lastChild.dataset.command = "skip";
  return button;
}

holder.addEventListener("click", (event) => event.target.closest("[data-skip]") && skip());
new MutationObserver(() => {
  for (const moves of holder.querySelectorAll("[data-moves]:not(:has([data-skip]))")) {
    const button = skipButton();
    button.dataset.skip = "";
    moves.prepend(button);
    label(moves);
  }
}).observe(holder, { childList: true });

cardKeys(() => current, { verdict, undo, redo, repeat, reasons });
listen(holder, (meant) => {
  if (meant === "skip") skip();
  else if (current?.canDecide) verdict(current, meant, { byKey: false });
});
register([
  { name: "skip", keys: ["s"], show: "S", words: "Skip; it comes back at the end", run: skip },
  {
    name: "next",
    keys: ["j", "ArrowRight", "ArrowDown"],
    show: "J →",
    words: "Next, without a verdict",
    run: () => void move(1),
  },
  { name: "previous", keys: ["k", "ArrowLeft", "ArrowUp"], show: "K ←", words: "Back", run: () => void move(-1) },
  {
    name: "search",
    keys: ["/"],
    show: "/",
    words: "Search label and AI text, in the tiles",
    run: () => location.assign(`${document.querySelector("[data-grid-link]").href}#q`),
  },
  {
    name: "grid",
    keys: ["g"],
    show: "G",
    words: "On to the table",
    run: () => document.querySelector("[data-table-link]").click(),
  },
  {
    keys: ["Enter"],
    show: "Enter",
    words: "Fan out a pile of near-identical events",
    run(event) {
      if (event.target.closest("a, button, summary, input") || !current?.pile) return false;
      return current.pile.toggle();
    },
  },
  {
    name: "take-out",
    keys: ["x"],
    show: "X",
    words: "Take the focused event out of the pile, or put it back",
    run: () => current?.pile?.toggleFocused() ?? false,
  },
]);

const first = holder.querySelector(".card");
if (first) {
  const card = adopt(first);
  cards.set(card.id, Promise.resolve(card));
  onScreen(card);
  opening = Queue.open(root.dataset.queue, card.id).catch((error) => {
    toast(error.message);
    return Queue.of(root.dataset.queue, card.id);
  });
  queue = await opening;
  if (card.pile) card.pile.keepOnly(queue.pileOf(card.id) ?? [card.id]);
  tellPlace();
  serving.serve(queue);
  prepare();
  for (const entry of outbox.refused()) if (entry.batch === batch && entry.event) comeBack(entry.event);
} else if (root.dataset.held) {
  queue = await Queue.whole(root.dataset.queue);
  serving.serve(queue);
}
