// Signed addresses of clips: one for each item, kept until shortly before it expires. That an item has no clip is kept
// as long as the page.
import { requestJSON } from "../shared/http.js";

const DEFAULT_LIFE = 60000; // milliseconds, until the server has named another time
const MARGIN = 30000;
const NO_CLIP = [404, 502]; // the answers of the server while the vendor refuses; 503 while it cannot be reached

const signed = new Map(); // item → {url: promise, until: milliseconds}

export function forgetUrl(item) {
  signed.delete(item);
}

// The batch that lends the clip of the same video, as {title, url}; null for a clip of the item's own.
export const lenderOf = (item) => signed.get(item)?.lender ?? null;

// Resolves to an address; throws RequestFailed with a message for people. fields: what the request says besides
export function signedUrl(item, signUrl, fields = {}) {
  const kept = signed.get(item);
  if (kept && kept.until > Date.now()) return kept.url;
  const entry = { until: Date.now() + DEFAULT_LIFE };
  entry.url = requestJSON(signUrl, { fields }).then(({ url, expires_at: expires, lender }) => {
    entry.lender = lender;
    if (expires) entry.until = expires * 1000 - MARGIN;
    return url;
  });
  signed.set(item, entry);
  entry.url.catch((error) => {
    if (error.explained && NO_CLIP.includes(error.status)) entry.until = Infinity;
    else if (signed.get(item) === entry) signed.delete(item);
  });
  return entry.url;
}
