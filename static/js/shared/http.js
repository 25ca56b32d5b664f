// Requests to our own server: the only `fetch` of the pages. CSRF token, Accept header and error messages in one place.
import { gettext } from "./texts.js";

export class RequestFailed extends Error {
  // status: 0 where no answer came; wait: seconds after which it is worth another try, 0 where nobody named them;
  // explained: whether the server gave the message, not a proxy before it
  constructor(message, status = 0, wait = 0, explained = false) {
    super(message);
    this.status = status;
    this.wait = wait;
    this.explained = explained;
  }
}

export function csrfToken() {
  const pair = document.cookie.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  return pair ? decodeURIComponent(pair.slice("csrftoken=".length)) : "";
}

async function send(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new RequestFailed(gettext("The server does not answer."));
  }
}

function requestOptions({ fields, ...options }) {
  const headers = { Accept: "application/json" };
  if (!fields && !options.body) return { headers, ...options };
  return {
    method: "POST",
    headers: { ...headers, "X-CSRFToken": csrfToken() },
    body: fields && new URLSearchParams(fields),
    ...options,
  };
}

// GET, or POST where there are `fields` or a `body`; further options as for fetch. Resolves to {ok, status, answer,
// wait}, also for a refusal; `answer` is null where it is not JSON; `wait` is the Retry-After in seconds, 0 without it.
// Throws RequestFailed where no answer came.
export async function request(url, options = {}) {
  const response = await send(url, requestOptions(options));
  const answer = await response.json().catch(() => null);
  return { ok: response.ok, status: response.status, answer, wait: Number(response.headers.get("Retry-After")) || 0 };
}

// Resolves to the JSON of a good answer; throws RequestFailed with a message for people otherwise.
export async function requestJSON(url, options = {}) {
  const { ok, status, answer, wait } = await request(url, options);
  if (ok && answer) return answer;
  const message = answer?.error ?? gettext("The server answered {status}.", { status });
  throw new RequestFailed(message, status, wait, Boolean(answer?.error));
}

// The part of a page that htmx would swap into the element with this id, as a document.
export async function requestPartial(url, id) {
  const response = await send(url, { headers: { "HX-Request": "true", "HX-Target": id } });
  if (response.headers.has("HX-Redirect")) {
    throw new RequestFailed(gettext("Your session has ended. Sign in again; your verdicts are kept."), 401);
  }
  if (!response.ok) throw new RequestFailed(gettext("The server answered {status}.", response), response.status);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}
