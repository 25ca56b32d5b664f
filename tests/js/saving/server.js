// An outbox with its delivery against a server that the test plays.
import { Delivery } from "../../../static/js/saving/delivery.js";
import { EntryStore } from "../../../static/js/saving/entry_store.js";
import { Outbox } from "../../../static/js/saving/outbox.js";
import { memoryStorage, settled } from "../helpers.js";

const PREFIX = "outbox:7:";

// answers: what the server answers to one request after the other: {status, answer}, or an Error where none comes.
// After the last one nothing more comes.
export function outboxWith({ answers = [], storage = memoryStorage(), now = () => 1e12 } = {}) {
  const store = new EntryStore(storage, PREFIX);
  const requests = [];
  const messages = [];
  const post = async (url, fields) => {
    requests.push({ url, fields });
    const reply = answers.shift() ?? new Error("no answer");
    if (reply instanceof Error) throw reply;
    return { ok: reply.status < 400, ...reply };
  };
  const delivery = new Delivery(store, "7", { post, postMessage: (message) => messages.push(message) });
  const outbox = new Outbox(store, { send: () => delivery.send(), now });
  return { store, storage, outbox, delivery, requests, messages, answers };
}

export const saved = (...steps) => ({ status: 200, answer: { events: [], steps, counts: {} } });
export const refused = (error, event) => ({ status: 412, answer: { error, event } });

export const verdictOn = (event, approval = "approved") => ({
  event,
  batch: 1,
  version: 3,
  fingerprint: "f3",
  approval,
});

// Sends what waits, once the attempts that were begun have ended.
export async function deliver({ delivery }) {
  await settled();
  delivery.send();
  await settled();
}
