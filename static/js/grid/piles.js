// Piles in the grid: near-identical events of this page under one tile, opened on demand. A pile holds events in the
// same state only, so that no tile hides another state.
import { drawPileSwitch, pilesEnabled, togglePiles } from "../shared/pile_setting.js";
import { allTiles } from "./tiles.js";

const openPiles = new Set(); // whose events are all shown
const piledTiles = () => [...document.querySelectorAll("[data-tiles] [data-in-pile]")];
const pileKey = ({ dataset }) => `${dataset.inPile} ${dataset.approval}`;
const tilesOfPile = (tile) => piledTiles().filter((other) => pileKey(other) === pileKey(tile));

// The tiles that a verdict on this one decides, its own first.
export const eventsTogether = (tile) => ("stacked" in tile.dataset ? tilesOfPile(tile) : [tile]);

// Draws the tiles as they are now: after a verdict, an undo, or when more are loaded.
export function drawPiles() {
  const piles = [...Map.groupBy(piledTiles(), pileKey).values()];
  for (const tiles of piles) drawPile(tiles);
  const button = document.querySelector("[data-piles]");
  if (!button) return;
  const events = allTiles().length;
  const hidden = piles.reduce((sum, tiles) => sum + tiles.length - 1, 0);
  drawPileSwitch(button, { cards: events - hidden, events });
}

function drawPile(tiles) {
  const [front, ...others] = tiles;
  const isPile = pilesEnabled() && tiles.length > 1;
  const closed = isPile && !openPiles.has(front.dataset.inPile);
  if (closed && others.some((tile) => tile.contains(document.activeElement))) {
    front.querySelector("[data-open]").focus();
  }
  for (const tile of tiles) {
    const button = tile.querySelector("[data-stack]");
    tile.hidden = closed && tile !== front;
    tile.toggleAttribute("data-stacked", closed && tile === front);
    tile.toggleAttribute("data-fanned", isPile && !closed);
    button.hidden = !isPile || tile !== front;
    button.setAttribute("aria-expanded", !closed);
    button.querySelector("b").textContent = tiles.length;
  }
}

// Opens or closes the pile of this tile; false where it has none.
export function togglePile(tile) {
  if (!tile || !pilesEnabled() || tilesOfPile(tile).length < 2) return false;
  const { inPile } = tile.dataset;
  if (!openPiles.delete(inPile)) openPiles.add(inPile);
  drawPiles();
}

export function startPiles() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-stack]");
    if (button) togglePile(button.closest("[data-event]"));
    if (!target.closest("[data-piles]")) return;
    togglePiles();
    drawPiles();
  });
  document.addEventListener("htmx:afterSwap", drawPiles);
  drawPiles();
}
