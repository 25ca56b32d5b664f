// Verdicts on their way to the server. Each is written to localStorage before it is sent, has a key of its own, and stays
// until the server has answered for it: it survives reloads, lost networks, restarts and ended sessions. Sent in order.
// Kept here: verdicts and keys only, never anything the vendor wrote.
import { cookie } from "../shared/dom.js";

const AUTHOR = document.body.dataset.user;
const PREFIX = `outbox:${AUTHOR}:`;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const KEPT_ALIVE = 60000; // bytes: browsers let no larger request outlive its page

let wait = FIRST_WAIT;
let timer = 0;
let busy = false;
let last = 0;
let signedOut = false;
let signedInAs = ""; // somebody else, meanwhile

const memory = new Map(); // where localStorage is full: lasts as long as the page, and is sent all the same

function read(id) {
  try {
    return JSON.parse(localStorage.getItem(id) ?? memory.get(id));
  } catch {
    return null; // not of our making
  }
}

function write(entry) {
  const text = JSON.stringify(entry);
  try {
    localStorage.setItem(entry.id, text);
  } catch {
    memory.set(entry.id, text);
  }
}

function remove(id) {
  localStorage.removeItem(id);
  memory.delete(id);
}

export function entries() {
  const ids = new Set([...Object.keys(localStorage), ...memory.keys()].filter((id) => id.startsWith(PREFIX)));
  return [...ids].sort().map(read).filter(Boolean);
}

export const waiting = () => entries().filter((entry) => !entry.refused);
export const refused = () => entries().filter((entry) => entry.refused);
export const isSignedOut = () => signedOut;
export const somebodyElse = () => signedInAs;

function tell(name, detail = {}) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

// Whichever tab sends an entry, the tab that made it learns what became of it.
const tabs = new BroadcastChannel(PREFIX);
tabs.addEventListener("message", ({ data }) => tell(data.name, data.detail));

function tellAll(name, detail) {
  tell(name, detail);
  tabs.postMessage({ name, detail });
}

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http on another host has no randomUUID
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// Above all that still waits, too: they are sent in this order, and a clock may have been set back.
function number() {
  const waits = Number(entries().at(-1)?.id.slice(PREFIX.length).split(":")[0] ?? 0);
  last = Math.max(last + 1, waits + 1, Date.now());
  return String(last).padStart(15, "0");
}

function add(entry) {
  const made = { ...entry, id: `${PREFIX}${number()}:${uuid().slice(0, 8)}`, key: uuid() };
  write(made);
  tell("outbox:changed");
  send();
  return made;
}

const triple = ({ event, version, fingerprint }) => [event, version, fingerprint];
const isAbout = (entry, event) => entry.event === event || (entry.events ?? []).some(([one]) => one === event);

// An earlier step of the same event that still waits decides which version this one is about. (Flags and comments are none.)
const noSteps = ["flag", "comment"];
const lastOn = (event) =>
  waiting()
    .filter((entry) => isAbout(entry, event) && !noSteps.includes(entry.kind))
    .at(-1)?.key ?? null;

export function decide({ event, batch, version, fingerprint, approval, reason = "", note = "", order = "" }) {
  for (const old of refused()) if (old.kind === "decide" && old.event === event) remove(old.id); // a new verdict answers it
  return add({
    kind: "decide",
    event,
    batch,
    after: lastOn(event),
    body: { version, fingerprint, approval, reason, note, order },
  });
}

// One verdict on many: `events` as [number, version, fingerprint]; of a pile, `event` is the one on screen.
export function decideMany({ batch, event = null, events, approval, reason = "", note = "" }) {
  return add({ kind: "bulk", event, events, batch, after: event && lastOn(event), body: { approval, reason, note } });
}

// One verdict on all that match `query`: `count` of them, on a page that was made at `made_at`.
export function decideMatching({ batch, ...body }) {
  return add({ kind: "bulk", batch, after: null, body });
}

// To a verdict: in place while nobody has tried to send it (the key stands for what was sent), else as a step of its own.
// `steps`: [{event, version, fingerprint}] after the verdict, once it is saved. Returns the entry that has the reason now.
export function addReason(entry, reason, steps) {
  const kept = read(entry.id);
  if (kept && (kept.refused || !kept.sent)) {
    kept.body.reason = reason;
    write(kept);
    return kept;
  }
  const again = { kind: entry.kind, event: entry.event, batch: entry.batch, after: kept ? entry.key : null };
  const body = { ...entry.body, reason, amends: entry.key };
  if (entry.events) return add({ ...again, events: steps?.map(triple) ?? entry.events, body });
  const { version, fingerprint } = steps?.find((step) => step.event === entry.event) ?? body;
  return add({ ...again, body: { ...body, version, fingerprint } });
}

// `target`: the key of the entry to take back (waiting or saved); without one, this person's last verdict in the batch.
// A named entry that was refused is dropped: there is nothing to take back, and no other may be taken instead.
function reverse(kind, { batch, event = null, target = null }) {
  const dropped = target && refused().find((entry) => entry.key === target);
  if (dropped) return dismiss(dropped.id);
  return add({ kind, event, batch, after: target, body: target ? { target } : {} });
}

export const undo = (about) => reverse("undo", about);
export const redo = (about) => reverse("redo", about);

export function flag({ event, batch, on }) {
  return add({ kind: "flag", event, batch, after: null, body: { on: on ? "1" : "0" } });
}

// kind: "say" (with `text`), "resolve", "reopen" or "withdraw" (with `target`, the key of one's own comment)
export function comment({ event, batch, kind, text = "", target = "" }) {
  return add({ kind: "comment", event, batch, after: null, body: { kind, text, target } });
}

export function dismiss(id) {
  remove(id);
  tell("outbox:changed");
}

const ofEvents = ["decide", ...noSteps];
const address = (entry) =>
  `/${ofEvents.includes(entry.kind) ? `events/${entry.event}` : `batches/${entry.batch}`}/${entry.kind}/`;

function post(entry) {
  const { key, events = [] } = entry;
  const named = events.length ? { events: events.map((one) => one.join(".")).join("-") } : {};
  const body = new URLSearchParams({ key, author: AUTHOR, ...entry.body, ...named });
  return fetch(address(entry), {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
    body,
    redirect: "error",
    keepalive: String(body).length < KEPT_ALIVE,
    signal: AbortSignal.timeout(20000),
  });
}

// Every later verdict learns which version it is about, also after an undo or redo of which only the server knew what it
// touches. (An undo or redo names its key.)
function settle({ steps = [] }) {
  const told = new Map(steps.map((step) => [step.event, step]));
  for (const next of waiting().filter((one) => !one.sent && steps.some((step) => isAbout(one, step.event)))) {
    if (next.events) next.events = next.events.map((seen) => (told.has(seen[0]) ? triple(told.get(seen[0])) : seen));
    else if (next.kind === "decide") {
      const { version, fingerprint } = told.get(next.event);
      Object.assign(next.body, { version, fingerprint });
    }
    write(next);
  }
}

function refuse(entry, status, answer) {
  const theirs = answer.event && { ...answer.event, label: undefined, note: undefined };
  const refusal = {
    ...entry,
    refused: { status, error: answer.error ?? `The server answered ${status}.`, event: theirs },
  };
  forsake(entry.key, status, answer, refusal);
  write(refusal);
  tellAll("verdict:refused", { entry: refusal, status, answer });
}

// What was built on an entry that will never be saved: a reason goes back to its verdict, which keeps it until somebody
// has looked; an undo or redo has nothing to be about.
function forsake(key, status, answer, refusal) {
  for (const next of entries().filter((one) => one.after === key && !one.refused)) {
    if (["decide", "bulk"].includes(next.kind) && next.body.amends !== key) {
      refuse(next, status, answer);
      continue;
    }
    if (next.body.amends) refusal.body = { ...refusal.body, reason: next.body.reason };
    remove(next.id);
    forsake(next.key, status, answer, refusal);
  }
}

// True: go on with the next one. False: stop, something has to heal first.
async function sendOne(entry) {
  let response;
  let answer = {};
  entry.sent = true; // from here on the server may know its key
  write(entry);
  try {
    response = await post(entry);
    answer = await response.json();
  } catch {
    if (!response || response.ok) return false;
  }
  signedOut = response.status === 401;
  signedInAs = answer.signed_in ?? "";
  if (response.ok) {
    settle(answer);
    remove(entry.id);
    tellAll("verdict:saved", { entry, answer });
  } else if (
    signedOut ||
    answer.again ||
    response.status === 408 ||
    response.status === 429 ||
    response.status >= 500
  ) {
    return false;
  } else {
    refuse(entry, response.status, answer);
  }
  wait = FIRST_WAIT;
  tell("outbox:changed");
  return true;
}

async function sendAll() {
  clearTimeout(timer);
  timer = 0;
  for (let entry = waiting()[0]; entry; entry = waiting()[0]) {
    if (await sendOne(entry)) continue;
    tell("outbox:changed");
    timer = setTimeout(send, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
    return;
  }
}

// One tab sends at a time, where the browser can say so; elsewhere the keys make a double harmless.
export async function send() {
  if (busy || !waiting().length) return;
  busy = true;
  try {
    await (navigator.locks ? navigator.locks.request(PREFIX, sendAll) : sendAll());
  } finally {
    busy = false;
  }
  if (waiting().length && !timer) send();
}

addEventListener("online", send);
addEventListener("focus", send);
addEventListener("storage", (event) => event.key?.startsWith(PREFIX) && tell("outbox:changed"));
// Nothing is lost by leaving; but whoever closes the last tab while the server is away should know that some still wait.
addEventListener("beforeunload", (event) => {
  if (timer && !signedOut && waiting().length) event.preventDefault();
});
