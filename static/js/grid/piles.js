// Piles in the grid: near-identical events of this page under one tile, fanned out on demand. Only what is in the same
// state is stacked, so that no tile hides another state; the choice whether to is the deck's own.
import { tellSwitch, want, wanted } from "../deck/piles.js";

const fanned = new Set(); // piles whose events are all shown
const piled = () => [...document.querySelectorAll("[data-tiles] [data-in-pile]")];
const alike = (tile) =>
  piled().filter(({ dataset }) => dataset.inPile === tile.dataset.inPile && dataset.approval === tile.dataset.approval);

// The events that a verdict on this tile decides, its own first.
export const together = (tile) => ("stacked" in tile.dataset ? alike(tile) : [tile]);

// As the tiles are now: after a verdict, an undo, or more of them.
export function stack() {
  const stacks = [...Map.groupBy(piled(), ({ dataset }) => `${dataset.inPile} ${dataset.approval}`).values()];
  for (const tiles of stacks) draw(tiles);
  const events = document.querySelectorAll("[data-tiles] [data-event]").length;
  const place = document.querySelector("[data-piles]");
  if (place) tellSwitch(place, { cards: stacks.reduce((left, tiles) => left - tiles.length + 1, events), events });
}

function draw(tiles) {
  const [front] = tiles;
  const isPile = wanted() && tiles.length > 1;
  const folded = isPile && !fanned.has(front.dataset.inPile);
  if (folded && tiles.slice(1).some((tile) => tile.contains(document.activeElement)))
    front.querySelector("[data-open]").focus();
  for (const tile of tiles) {
    const button = tile.querySelector("[data-stack]");
    tile.hidden = folded && tile !== front;
    tile.toggleAttribute("data-stacked", folded && tile === front);
    tile.toggleAttribute("data-fanned", isPile && !folded);
    button.hidden = !isPile || tile !== front;
    button.setAttribute("aria-expanded", !folded);
    button.querySelector("b").textContent = tiles.length;
  }
}

// Fans the pile of this tile out, or stacks it again; false where it has none.
export function fan(tile) {
  if (!tile || !wanted() || alike(tile).length < 2) return false;
  const { inPile } = tile.dataset;
  if (!fanned.delete(inPile)) fanned.add(inPile);
  stack();
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-stack]");
    if (button) fan(button.closest("[data-event]"));
    if (!event.target.closest("[data-piles]")) return;
    want(!wanted());
    stack();
  });
  document.addEventListener("htmx:afterSwap", stack);
  stack();
}
