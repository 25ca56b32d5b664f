// The tiles of a grid, or the rows of a table: finding, focusing and updating them.
import { showOpinions } from "../card/opinions.js";
import { initialsMark, stateBadge } from "../shared/dom.js";

export const TILE = "[data-tiles] [data-event]";

export const allTiles = () => [...document.querySelectorAll(TILE)];
export const visibleTiles = () => [...document.querySelectorAll(`${TILE}:not([hidden])`)];
export const focusedTile = () => document.activeElement?.closest(TILE);
export const tileOf = (event) => document.querySelector(`[data-tiles] [data-event="${event}"]`);
export const idOf = (tile) => tile.dataset.event;

// [number, version, fingerprint] of the event as the page shows it
export function seenVersion({ dataset }) {
  return [Number(dataset.event), Number(dataset.version), dataset.fingerprint];
}

export function focusTile(tile) {
  tile?.querySelector("[data-open]").focus();
}

export function showApproval(tile, approval, unsaved = false) {
  tile.dataset.approval = approval;
  tile.querySelector("[data-state-place]").replaceChildren(stateBadge(approval, unsaved));
}

// Shows what the server knows about an event now, where it is on this page.
export function updateTile(state) {
  const tile = tileOf(state.id);
  if (!tile) return;
  Object.assign(tile.dataset, { version: state.version, fingerprint: state.fingerprint });
  showApproval(tile, state.approval);
  const { opinion_progress: progress } = state;
  if (progress) showOpinions(tile.querySelector("[data-opinions]"), progress);
  const when = state.decided_at && new Date(state.decided_at).toLocaleTimeString();
  const mark = state.initials ? [initialsMark(state.initials)] : [];
  const cells = { mark, who: [...mark, state.verdict_by], reason: [state.reason], when: [when ?? ""] };
  for (const node of tile.querySelectorAll("[data-cell]")) node.replaceChildren(...cells[node.dataset.cell]);
  for (const node of tile.querySelectorAll("[data-cell=mark]")) node.title = state.verdict_by;
}

// Moves the focus by `steps` tiles and `rows` rows as they are laid out now; false where there is nothing to move to.
export function moveFocus(steps, rows = 0) {
  const tiles = visibleTiles();
  const index = tiles.indexOf(focusedTile());
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0]?.offsetTop).length;
  const next = index < 0 ? 0 : index + steps + rows * columns;
  if (!tiles.length || (rows && index < 0)) return false;
  focusTile(tiles[Math.min(tiles.length - 1, Math.max(0, next))]);
}
