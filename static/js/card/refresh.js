// What a card shows beside its clip (state, note, comments, history) is read again from the server after somebody
// decided the event or wrote about it: at once where the card is on screen, otherwise when it comes back. What is being
// typed stays.
import { CARD_REFRESHED, emit, on, VERDICT_SAVED } from "../shared/events.js";
import { requestPartial } from "../shared/http.js";

const staleEvents = new Set();

function replaceParts(root, page) {
  for (const part of page.querySelectorAll("[data-fresh]")) {
    const old = root.querySelector(`[data-fresh="${part.dataset.fresh}"]`);
    if (old && !old.querySelector("[data-unsaved]")) old.replaceWith(part);
  }
}

export async function refreshCard(root) {
  const id = Number(root.dataset.event);
  if (!staleEvents.delete(id)) return;
  try {
    replaceParts(root, await requestPartial(`/events/${id}/`, "card"));
    emit(CARD_REFRESHED, { root });
  } catch {
    staleEvents.add(id); // the next time it is on screen tries again
  }
}

// The card on screen is the one with the id `card`.
export function startRefreshingCards() {
  on(VERDICT_SAVED, ({ entry, answer }) => {
    for (const id of [entry.event, ...answer.events.map((event) => event.id)]) if (id) staleEvents.add(id);
    const shown = document.querySelector("article#card");
    if (shown) refreshCard(shown);
  });
}
