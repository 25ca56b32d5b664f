// Opens the queue of a deck with what the browser has: its network, its storage, how the page was reached.
import { toast } from "../shared/dom.js";
import { requestJSON } from "../shared/http.js";
import { pilesEnabled } from "../shared/pile_setting.js";
import { Queue } from "./queue.js";

function load(url, query) {
  const address = new URL(url, location.href);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return requestJSON(address);
}

// Whether the sign-in page led here: the review goes on where the session ended.
function hasSignedInAgain() {
  return Boolean(document.referrer) && new URL(document.referrer).pathname === document.body.dataset.login;
}

// url: where the ids come from; event: the one on screen, or null for the beginning of the queue
export async function openQueue(url, event) {
  const context = { load, storage: sessionStorage, grouped: pilesEnabled() };
  if (event === null) return Queue.openAtStart(url, context);
  const reuse = performance.getEntriesByType("navigation")[0]?.type !== "navigate" || hasSignedInAgain();
  try {
    return await Queue.open(url, event, { ...context, reuse });
  } catch (error) {
    toast(error.message);
    return Queue.single(url, event, context);
  }
}
