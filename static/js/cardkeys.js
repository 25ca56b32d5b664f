// The keys of a card, the same on its page and in the deck.
import { register } from "./keys.js";

// current(): the card on screen or null
export function cardKeys(current, { undo, verdict = (card, approval) => card.root.querySelector(`[value=${approval}]`).click() }) {
  const decide = (approval) => () => {
    const card = current();
    if (card?.canDecide) verdict(card, approval);
  };
  const player = (run) => () => current() && run(current());
  register([
    { keys: ["a"], show: "A", words: "Approve", run: decide("approved") },
    { keys: ["r"], show: "R", words: "Reject", run: decide("rejected") },
    { keys: ["i"], show: "I", words: "Invalid", run: decide("invalid") },
    { keys: ["z"], show: "Z", words: "Undo my last verdict", run: undo },
    { keys: ["n"], show: "N", words: "Write a note, Esc to come back", run: player((card) => card.note?.focus()) },
    { keys: [" "], show: "Space", words: "Play or pause", run: player((card) => card.player.toggle()) },
    { keys: [","], show: ",", words: "A tenth of a second back", run: player((card) => card.player.step(-0.1)) },
    { keys: ["."], show: ".", words: "A tenth of a second on", run: player((card) => card.player.step(0.1)) },
    { keys: ["["], show: "[", words: "Slower", run: player((card) => card.faster(-1)) },
    { keys: ["]"], show: "]", words: "Faster", run: player((card) => card.faster(1)) },
    { keys: ["l"], show: "L", words: "Loop the span, or play the whole video", run: player((card) => card.toggleWhole()) },
    { keys: ["m"], show: "M", words: "Sound on or off", run: player((card) => card.toggleSound()) },
  ]);
}
