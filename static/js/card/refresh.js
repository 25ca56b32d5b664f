// What a card says beside its clip (state, note, comments, history), as the server has it now. A card that was decided or
// talked about is read again when it is on screen, or comes back to it; what is typed into it stays.
const stale = new Set();

export async function freshen(root) {
  const id = Number(root.dataset.event);
  if (!stale.delete(id)) return;
  try {
    const response = await fetch(`/events/${id}/`, { headers: { "HX-Request": "true", "HX-Target": "card" } });
    if (!response.ok) throw new Error(response.status);
    const made = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const now of made.querySelectorAll("[data-fresh]")) {
      const old = root.querySelector(`[data-fresh="${now.dataset.fresh}"]`);
      if (old && !old.querySelector("[data-unsaved]")) old.replaceWith(now);
    }
    document.dispatchEvent(new CustomEvent("card:fresh", { detail: { root } }));
  } catch {
    stale.add(id); // the next look tries again
  }
}

// The one on screen is the one with this id.
document.addEventListener("verdict:saved", ({ detail: { entry, answer } }) => {
  for (const id of [entry.event, ...answer.events.map((event) => event.id)]) if (id) stale.add(id);
  const shown = document.querySelector("article#card");
  if (shown) freshen(shown);
});
