// A clip in the tile under the pointer or the focus, after a moment.
import { Player } from "../clip/player.js";
import { prefersReducedMotion } from "../shared/dom.js";
import { TILE } from "./tiles.js";

const DELAY = 300; // milliseconds
const MARGIN = 0.25; // seconds around the event

let timer = 0;
let playing = null; // {tile, player}

function stop() {
  clearTimeout(timer);
  playing?.player.close();
  playing?.player.video.remove();
  playing = null;
}

function play(tile) {
  const picture = tile.querySelector(".tile-picture");
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, preload: "auto", tabIndex: -1 });
  picture.append(video);
  const [start, end] = [tile.dataset.start, tile.dataset.end].map(parseFloat);
  const url = picture.dataset.preview;
  playing = { tile, player: new Player(picture, { item: tile.dataset.item, url, start, end, margin: MARGIN }) };
  playing.player.play();
}

function playLater(tile) {
  if (playing?.tile === tile) return;
  stop();
  if (tile && !prefersReducedMotion()) timer = setTimeout(() => play(tile), DELAY);
}

export function startPreviews(root) {
  const tileOfNode = (node) => node.closest(TILE);
  root.addEventListener("pointerover", (event) => event.pointerType !== "touch" && playLater(tileOfNode(event.target)));
  root.addEventListener("pointerleave", stop);
  root.addEventListener("focusin", ({ target }) => {
    if (target.matches("[data-open]:focus-visible")) playLater(tileOfNode(target));
  });
  root.addEventListener("focusout", stop);
}
