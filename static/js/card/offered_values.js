// The labels and categories that a form offers, asked for once a batch.
import { requestJSON } from "../shared/http.js";

const offered = new Map(); // URL → a promise of the values in use

export async function offerValues(form, url) {
  if (!url) return;
  if (!offered.has(url)) offered.set(url, requestJSON(url));
  try {
    const lists = await offered.get(url);
    for (const list of form.querySelectorAll("[data-offered]")) {
      list.replaceChildren(...lists[list.dataset.offered].map((value) => new Option(value, value)));
    }
  } catch {
    offered.delete(url); // the next time asks again; the fields take free text
  }
}
