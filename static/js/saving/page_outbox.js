// The outbox of the person who is signed in, with the browser's storage, network and other tabs.
import { emit, OUTBOX_CHANGED } from "../shared/events.js";
import { request } from "../shared/http.js";
import { Delivery } from "./delivery.js";
import { EntryStore } from "./entry_store.js";
import { Outbox } from "./outbox.js";

const KEEPALIVE_LIMIT = 60000; // bytes: browsers let no larger request outlive its page
const TIMEOUT = 20000; // milliseconds

const AUTHOR = document.body.dataset.user;
const PREFIX = `outbox:${AUTHOR}:`;

const post = (url, fields) =>
  request(url, {
    fields,
    redirect: "error",
    keepalive: String(new URLSearchParams(fields)).length < KEEPALIVE_LIMIT,
    signal: AbortSignal.timeout(TIMEOUT),
  });

// Browsers without locks may send an entry twice; the idempotency key makes that harmless.
const lock = (run) => (navigator.locks ? navigator.locks.request(PREFIX, run) : run());

const tabs = new BroadcastChannel(PREFIX);
tabs.addEventListener("message", ({ data }) => emit(data.name, data.detail));

const store = new EntryStore(localStorage, PREFIX);
export const delivery = new Delivery(store, AUTHOR, {
  post,
  lock,
  postMessage: (message) => tabs.postMessage(message),
});
export const outbox = new Outbox(store, { send: () => delivery.send() });

addEventListener("online", () => delivery.send());
addEventListener("focus", () => delivery.send());
addEventListener("storage", ({ key }) => key?.startsWith(PREFIX) && emit(OUTBOX_CHANGED));
// Leaving loses nothing, but who closes the last tab while the server is away should know that verdicts still wait.
addEventListener("beforeunload", (event) => {
  if (delivery.timer && !delivery.signedOut && outbox.waiting().length) event.preventDefault();
});
