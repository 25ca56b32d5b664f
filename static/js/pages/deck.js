// The page of the deck.
import { startComments } from "../card/comments.js";
import { registerCardKeys } from "../card/keys.js";
import { Missed } from "../card/missed.js";
import { Reasons } from "../card/reasons.js";
import { startRefreshingCards } from "../card/refresh.js";
import { Deck } from "../deck/deck.js";
import { addSkipButtons } from "../deck/skip_button.js";
import { SwipeLesson } from "../deck/swipe_lesson.js";
import { listenToSwipes } from "../deck/swipes.js";
import { register } from "../shared/keys.js";
import { togglePiles } from "../shared/pile_setting.js";
import { gettext } from "../shared/texts.js";

const root = document.querySelector("[data-deck]");
const reasons = new Reasons(document.querySelector("[data-reasons]"), (reason) => deck.addReason(reason));
const deck = new Deck(root, reasons);
const missed = new Missed(
  document.querySelector("[data-missed]"),
  () => deck.current,
  (card, fields) => deck.addMissed(card, fields),
);

function registerDeckKeys() {
  const openGrid = () => location.assign(`${document.querySelector("[data-grid-link]").href}#q`);
  const openTable = () => document.querySelector("[data-table-link]").click();
  // A focused button or link keeps its own Enter.
  const enter = ({ target }) =>
    !target.closest("a, button, summary, input") && (deck.current?.correction.enter() || deck.togglePile());
  registerCardKeys(() => deck.current, {
    undo: () => void deck.undo(),
    redo: () => void deck.redo(),
    repeat: (card) => deck.repeat(card),
    reasons,
    missed,
  });
  register("Move", [
    { name: "skip", keys: ["s"], title: gettext("Skip: it comes back at the end"), run: () => void deck.skip() },
    {
      name: "next",
      keys: ["j", "ArrowRight", "ArrowDown"],
      show: "J →",
      title: gettext("Next event, without a verdict"),
      run: () => void deck.move(1),
    },
    {
      name: "previous",
      keys: ["k", "ArrowLeft", "ArrowUp"],
      show: "K ←",
      title: gettext("Previous event"),
      run: () => void deck.move(-1),
    },
  ]);
  register("View", [
    { keys: ["Enter"], title: gettext("Open the pile of near-identical events"), run: enter },
    {
      name: "take-out",
      keys: ["x"],
      title: gettext("Take the event out of its pile, or put it back"),
      run: () => deck.togglePileEvent(),
    },
    { name: "search", keys: ["/"], title: gettext("Search label and AI text in the grid"), run: openGrid },
    { name: "grid", keys: ["g"], title: gettext("Switch to table"), run: openTable },
  ]);
}

startRefreshingCards();
startComments();

root.querySelector("[data-piles]").addEventListener("click", () => {
  togglePiles();
  deck.reload();
});
root.addEventListener("click", (event) => {
  const link = event.target.closest("[data-move], [data-goto]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.goto) deck.goTo(Number(link.dataset.goto));
  else deck.move(Number(link.dataset.move));
});

addSkipButtons(deck.holder, () => deck.skip());
registerDeckKeys();
const lesson = new SwipeLesson(
  root.querySelector("[data-swipe-lesson]"),
  localStorage,
  matchMedia("(pointer: coarse)").matches,
);
listenToSwipes(deck.holder, (meaning) => {
  lesson.close();
  if (meaning === "skip") deck.skip();
  else if (deck.current?.canDecide) deck.verdict(deck.current, meaning);
});
await deck.open();
