// Signed addresses of clips: one an item, kept until shortly before it expires.
import { cookie } from "../shared/dom.js";

const signed = new Map();

export function forget(item) {
  signed.delete(item);
}

// Resolves to an address, or throws an Error whose message is the plain reason (`away`: ours, and the clip may be well).
export function sign(item, address) {
  const known = signed.get(item);
  if (known && known.until > Date.now()) return known.url;
  const url = ask(address);
  const entry = { url, until: Date.now() + 60000 };
  signed.set(item, entry);
  url.then(
    () => {},
    () => signed.get(item) === entry && signed.delete(item),
  );
  return url;

  async function ask(place) {
    let response;
    try {
      response = await fetch(place, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
      });
    } catch {
      throw Object.assign(new Error("The server does not answer."), { away: true });
    }
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error ?? `The server answered ${response.status}.`);
    if (answer.expires_at) entry.until = answer.expires_at * 1000 - 30000;
    return answer.url;
  }
}
