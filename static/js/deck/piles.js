// Piles: near-identical events under one card. Which they are comes with the queue; whether they are shown so is the
// person's own choice, kept in this browser.
const CHOICE = `piles:${document.body.dataset.user}`;

export const wanted = () => localStorage.getItem(CHOICE) !== "off";
export const want = (on) => (on ? localStorage.removeItem(CHOICE) : localStorage.setItem(CHOICE, "off"));

// groups: lists of ids, each in the queue's order; at: the event asked for, which is the card of its own pile.
// Returns {card id: [ids, the card first]}.
export function byCard(groups = [], at = null) {
  return Object.fromEntries(
    groups.map((group) => {
      const card = group.includes(at) ? at : group[0];
      return [card, [card, ...group.filter((id) => id !== card)]];
    }),
  );
}

// The pile of one card on screen: fanned out on demand, some taken out again.
export class Pile {
  // root: the <details data-pile> of the card; onApart(id, out), onAlone(id)
  constructor(root, card, { onApart, onAlone }) {
    Object.assign(this, { root, card, onApart });
    root.addEventListener("click", (event) => {
      const one = event.target.closest("[data-pile-event]");
      if (!one || event.ctrlKey || event.metaKey) return;
      if (event.target.closest("[data-apart]")) this.toggleApart(one);
      if (!event.target.closest("[data-alone]")) return;
      event.preventDefault();
      event.stopPropagation();
      onAlone(Number(one.dataset.pileEvent));
    });
    root.addEventListener("keydown", (event) => this.key(event));
    this.tell();
  }

  get all() {
    return [...this.root.querySelectorAll("[data-pile-event]")];
  }

  // What a verdict decides now: [[number, version, fingerprint]], the card's own first.
  get together() {
    return this.all
      .filter((one) => !("out" in one.dataset))
      .map(({ dataset }) => [Number(dataset.pileEvent), Number(dataset.version), dataset.fingerprint]);
  }

  toggle() {
    this.root.open = !this.root.open;
    if (this.root.open) this.root.querySelector("[data-alone]").focus();
    else this.card.focus({ preventScroll: true });
  }

  // Arrows between the pictures, Escape back to the card.
  key(event) {
    const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const at = this.all.indexOf(event.target.closest("[data-pile-event]"));
    if (event.key === "Escape" && this.root.open) this.toggle();
    else if (steps && !event.shiftKey && at >= 0)
      this.all[Math.max(0, Math.min(this.all.length - 1, at + steps))].querySelector("[data-alone]").focus();
    else return;
    event.preventDefault();
  }

  toggleFocused() {
    const one = document.activeElement?.closest("[data-pile-event]");
    return one && this.root.contains(one) && one.querySelector("[data-apart]") ? this.toggleApart(one) : false;
  }

  toggleApart(one) {
    const out = !("out" in one.dataset);
    this.set(one, out);
    this.onApart(Number(one.dataset.pileEvent), out);
  }

  // Without telling anybody: the queue knows already.
  keepOnly(ids) {
    for (const one of this.all) if (!ids.includes(Number(one.dataset.pileEvent))) this.set(one, true);
  }

  take(id) {
    const one = this.all.find(({ dataset }) => Number(dataset.pileEvent) === id);
    if (one) this.set(one, true);
  }

  set(one, out) {
    one.toggleAttribute("data-out", out);
    one.querySelector("[data-apart]")?.setAttribute("aria-pressed", out);
    this.tell();
  }

  tell() {
    const count = this.together.length;
    this.root.querySelector("[data-pile-count]").textContent = count;
    for (const words of this.card.querySelectorAll("[data-verdicts] .verdict > span")) {
      if (count > 1) words.dataset.count = count;
      else delete words.dataset.count;
    }
  }

  // What the server says is true of one of them now.
  update({ id, version, fingerprint, approval }) {
    const one = this.all.find(({ dataset }) => Number(dataset.pileEvent) === id);
    if (one) Object.assign(one.dataset, { version, fingerprint, approval });
  }
}

// The switch beside the place in the queue; it says how many events the cards are.
export function tellSwitch(button, { cards, events }) {
  button.hidden = cards === events;
  const on = wanted();
  button.setAttribute("aria-pressed", on);
  button.title = on
    ? "Near-identical events are one card each. Show every event by itself"
    : "Show near-identical events as one card";
  const number = (count) => count.toLocaleString("en-US");
  const words = `${number(events)} events in ${number(on ? cards : events)} cards`;
  button.setAttribute("aria-label", words);
  button.querySelector("span").textContent = words;
}
