// Whether near-identical events are shown as piles: the person's own choice, kept in this browser, and its switch.
import { formatCount, gettext } from "./texts.js";

const STORAGE_KEY = `piles:${document.body.dataset.user}`;

export const pilesEnabled = () => localStorage.getItem(STORAGE_KEY) !== "off";

export function togglePiles() {
  if (pilesEnabled()) localStorage.setItem(STORAGE_KEY, "off");
  else localStorage.removeItem(STORAGE_KEY);
}

// The switch shows how many events the cards stand for.
export function drawPileSwitch(button, { cards, events }) {
  const on = pilesEnabled();
  const text = gettext("{events} events in {cards} cards", {
    events: formatCount(events),
    cards: formatCount(on ? cards : events),
  });
  button.hidden = cards === events;
  button.setAttribute("aria-pressed", on);
  button.title = on ? gettext("Show every event on its own card") : gettext("Group near-identical events on one card");
  button.setAttribute("aria-label", text);
  button.querySelector("span").textContent = text;
}
