// Every custom event of the pages: its name, what it carries and who sends it. Only this module makes or receives them.

/**
 * @typedef {object} EventState An event as the server knows it now; a refusal names the newest one.
 * @property {number} id
 * @property {number} version counts every change that somebody or the vendor made
 * @property {string} fingerprint hash of what the vendor says about the event
 * @property {string} approval "pending", "approved", "rejected" or "invalid"
 */

/**
 * @typedef {object} Entry One gesture in the outbox (saving/outbox.js).
 * @property {string} id its name in the browser's storage; sorts by the time it was made
 * @property {string} key idempotency key
 * @property {string} kind "decide", "bulk", "correct", "missed", "undo", "redo", "flag" or "comment"
 * @property {number} batch
 * @property {?number} event the event on screen; null where the gesture is about several or unknown events
 * @property {?number} item of a missed event
 * @property {?Array<[number, number, string]>} events number, version and fingerprint of each event of a bulk verdict
 * @property {object} body the fields that are posted
 * @property {?{status: number, error: string, event: ?EventState}} refused set once the server has refused it
 */

/** The entries of the outbox changed, in this tab or another one. Sent by the modules of saving/: {} */
export const OUTBOX_CHANGED = "outbox:changed";

/**
 * The server has saved an entry. Sent by saving/delivery.js in every tab of this person:
 * {entry: Entry, answer: {events: EventState[], event: ?EventState, skipped: ?EventState[], steps: object[],
 * counts: Object<string, number>, run: ?object}}
 */
export const VERDICT_SAVED = "verdict:saved";

/**
 * The server has refused an entry for good. Sent by saving/delivery.js in every tab of this person:
 * {entry: Entry, status: number, answer: {error: string, event: ?EventState}}
 */
export const VERDICT_REFUSED = "verdict:refused";

/** The person has answered a refusal. Sent by saving/conflict.js: {event: number} */
export const CONFLICT_RESOLVED = "conflict:resolved";

/** Another card is on screen, or none. Sent by deck/stage.js: {} */
export const CARD_SHOWN = "card:shown";

/** Parts of a card were read again from the server. Sent by card/refresh.js: {root: Element} */
export const CARD_REFRESHED = "card:refreshed";

const target = new EventTarget();

export function emit(name, detail = {}) {
  target.dispatchEvent(new CustomEvent(name, { detail }));
}

/** `listener` is called with the payload. */
export function on(name, listener) {
  target.addEventListener(name, ({ detail }) => listener(detail));
}
