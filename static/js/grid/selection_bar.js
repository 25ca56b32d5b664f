// The selection of the page: its boxes, its keys, and the bar at the bottom whose verdict is about all of it, as one
// gesture with one undo.
import { outbox } from "../saving/page_outbox.js";
import { toast } from "../shared/dom.js";
import { requestJSON } from "../shared/http.js";
import { register } from "../shared/keys.js";
import { gettext, ngettext } from "../shared/texts.js";
import { eventsTogether } from "./piles.js";
import { Selection } from "./selection.js";
import { allTiles, focusedTile, idOf, seenVersion, TILE } from "./tiles.js";

const LIMIT = 500; // events that one request can name

const results = () => document.getElementById("results").dataset;
const isTextField = (node) => node.matches("input:not([type=checkbox]), textarea, select");
const isSelectAll = ({ key, ctrlKey, metaKey, shiftKey, altKey }) =>
  key.toLowerCase() === "a" && (ctrlKey || metaKey) && !shiftKey && !altKey;

export class SelectionBar {
  // onVerdict(approval, values): one of the bar's buttons was pressed; without an approval only values are corrected
  constructor(bar, onVerdict) {
    Object.assign(this, { bar, onVerdict });
    this.selection = new Selection();
    document.addEventListener("click", (event) => this.clickTile(event));
    document.addEventListener("keydown", (event) => this.press(event));
    document.addEventListener("htmx:afterSwap", ({ detail }) => this.onSwap(detail.target));
    bar.addEventListener("click", (event) => this.clickBar(event));
    this.part("correct").addEventListener("submit", (event) => {
      event.preventDefault();
      const { field, value } = event.target.elements;
      this.onVerdict("", { [`correct_${field.value}`]: value.value.trim() });
    });
    this.registerKeys();
  }

  registerKeys() {
    register("Decide", [
      { name: "select", keys: ["x"], title: gettext("Select the focused event"), run: () => this.toggleFocused(false) },
      {
        name: "stretch",
        keys: ["shift+x"],
        title: gettext("Select a range up to here"),
        run: () => this.toggleFocused(true),
      },
      { keys: ["Ctrl+A"], title: gettext("Select the page; again: all that match") },
      { keys: ["Escape"], show: "Esc", title: gettext("Clear the selection") },
    ]);
  }

  get size() {
    return this.selection.size;
  }

  part(name) {
    return this.bar.querySelector(`[data-bulk-${name}]`);
  }

  clickTile(event) {
    const tile = event.target.closest(TILE);
    const box = event.target.closest("[data-pick]");
    if (box) this.change(tile, box.checked, event.shiftKey);
    else if (tile && event.shiftKey && !event.target.closest(".pick")) {
      event.preventDefault();
      this.change(tile, true, true);
    }
  }

  clickBar({ target }) {
    const verdict = target.closest("[data-bulk-verdict]");
    if (verdict) this.onVerdict(verdict.dataset.bulkVerdict);
    else if (target.closest("[data-bulk-all]")) this.selectPage();
    else if (target.closest("[data-bulk-clear]")) this.clear();
  }

  press(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open], [data-menu][open]")) return;
    if (isTextField(event.target)) return;
    if (event.key === "Escape" && this.size) this.clear();
    if (!isSelectAll(event) || !allTiles().length) return;
    event.preventDefault();
    if (!event.repeat) this.selectPage();
  }

  onSwap(target) {
    if (target.id === "results") this.clear();
    else if (this.size) this.draw();
  }

  clear() {
    this.selection.clear();
    this.part("reason").value = "";
    this.part("correct").reset();
    this.draw();
  }

  // range: from the last change to this tile, without the tiles that are hidden in piles
  change(tile, on, range) {
    const { selection } = this;
    const tiles = allTiles();
    const page = tiles.map(idOf);
    const ids = range ? selection.range(idOf(tile), page) : [idOf(tile)];
    const meant = ids.length > 1 ? tiles.filter((each) => ids.includes(idOf(each)) && !each.hidden) : [tile];
    selection.set(meant.flatMap(eventsTogether).map(idOf), on, { id: idOf(tile), page });
    this.draw();
  }

  toggleFocused(range) {
    const tile = focusedTile();
    if (!tile) return false;
    this.change(tile, range || !this.selection.has(idOf(tile)), range);
  }

  // The page first; where it is selected already, all that match, with the number the server counts.
  async selectPage() {
    const tiles = allTiles();
    if (this.selection.matching || !tiles.length) return;
    if (this.selection.ids.size < tiles.length) {
      this.selection.addAll(tiles.map(idOf));
      this.draw();
      return;
    }
    await this.selectMatching();
  }

  async selectMatching() {
    const { howMany } = results();
    try {
      const { count } = await requestJSON(howMany);
      if (howMany !== results().howMany || this.selection.ids.size < allTiles().length) return; // the page has changed
      this.selection.selectMatching(count);
      this.draw();
    } catch (error) {
      toast(
        error.status ? error.message : gettext("The server does not answer. The events on this page stay selected."),
      );
    }
  }

  draw() {
    for (const tile of allTiles()) {
      const on = this.selection.has(idOf(tile));
      tile.toggleAttribute("data-selected", on);
      tile.querySelector("[data-pick]").checked = on;
      if (tile.hasAttribute("aria-selected")) tile.setAttribute("aria-selected", on);
    }
    document.body.toggleAttribute("data-selecting", this.size > 0);
    this.bar.hidden = !this.size;
    if (this.size) this.drawBar();
  }

  drawBar() {
    const { matching } = this.selection;
    this.part("words").textContent = matching
      ? ngettext("All {count} matching events selected", "All {count} matching events selected", this.size)
      : ngettext("{count} selected", "{count} selected", this.size);
    const all = this.part("all");
    all.hidden = Boolean(matching) || this.size < allTiles().length || !document.getElementById("more");
    all.textContent = gettext("Select all that match");
    const again = this.part("again"); // only for editors
    if (!again) return;
    again.hidden = !matching && this.size > LIMIT;
    again.search = matching ? results().query : new URLSearchParams({ ids: [...this.selection.ids].join(",") });
  }

  // Decides all that is selected, or corrects it without an approval. Returns the outbox entry and its tiles; null
  // where these are too many to be named.
  decide(batch, approval, values = {}) {
    const { matching, ids } = this.selection;
    const reason = approval && this.part("reason").value.trim();
    const tiles = allTiles().filter((tile) => this.selection.has(idOf(tile)));
    if (!matching && ids.size > LIMIT) {
      toast(
        gettext("At most {limit} events can be selected one by one. Press Ctrl+A again to select all that match.", {
          limit: LIMIT,
        }),
      );
      return null;
    }
    const { query, made, sync } = results();
    const entry = matching
      ? outbox.decideMatching({ batch, approval, reason, query, made_at: made, count: matching, sync, ...values })
      : outbox.decideMany({ batch, approval, reason, values, events: tiles.map(seenVersion) });
    this.clear();
    return { entry, tiles };
  }
}
