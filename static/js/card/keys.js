// The keys of a card, the same on its page and in the deck.
import { conflictKeys, settle } from "../saving/conflict.js";
import { register } from "../shared/keys.js";

// current(): the card on screen or null; reasons: the Reasons of the page
export function cardKeys(current, { verdict, undo, redo, repeat, reasons }) {
  const decide = (approval) => () => {
    const card = current();
    if (card?.canDecide) verdict(card, approval);
  };
  const player = (run) => () => current() && run(current());
  register([
    { name: "approve", keys: ["a"], show: "A", words: "Approve", run: decide("approved") },
    { name: "reject", keys: ["r"], show: "R", words: "Reject", run: decide("rejected") },
    { name: "invalid", keys: ["i"], show: "I", words: "Invalid", run: decide("invalid") },
    {
      keys: [..."123456789"],
      show: "1 … 9",
      words: "Right after reject or invalid: its reason",
      run: (event) => reasons.press(event),
    },
    {
      name: "repeat",
      keys: ["."],
      show: ".",
      words: "The last verdict again, with reason and note",
      run: () => current()?.canDecide && repeat(current()),
    },
    {
      name: "accept",
      keys: ["e"],
      show: "E",
      words: "Take over the verdict that an earlier analysis proposes",
      run: player((card) => card.canDecide && card.proposal && verdict(card, card.proposal[0], card.proposal[1])),
    },
    { name: "undo", keys: ["z"], show: "Z", words: "Undo my last verdict", run: undo },
    { name: "redo", keys: ["shift+z"], show: "Shift+Z", words: "Redo what I undid", run: redo },
    {
      name: "note",
      keys: ["n"],
      show: "N",
      words: "Write a note, Esc to come back",
      run: player((card) => card.note?.focus()),
    },
    {
      name: "comment",
      keys: ["c"],
      show: "C",
      words: "Write a comment, Esc to come back",
      run: player((card) => card.part("talk-field")?.focus()),
    },
    {
      name: "flag",
      keys: ["f"],
      show: "F",
      words: "Flag for a second look",
      run: player((card) => card.canDecide && (settle(card.id, "flag") || card.toggleFlag())),
    },
    { name: "play", keys: [" "], show: "Space", words: "Play or pause", run: player((card) => card.player.toggle()) },
    {
      name: "back",
      keys: ["shift+ArrowLeft"],
      show: "Shift+←",
      words: "Two seconds back",
      run: player((card) => card.player.step(-2)),
    },
    {
      name: "on",
      keys: ["shift+ArrowRight"],
      show: "Shift+→",
      words: "Two seconds on",
      run: player((card) => card.player.step(2)),
    },
    {
      name: "frame-back",
      keys: ["<"],
      show: "<",
      words: "A frame back",
      run: player((card) => card.player.frames(-1)),
    },
    { name: "frame-on", keys: [">"], show: ">", words: "A frame on", run: player((card) => card.player.frames(1)) },
    { name: "slower", keys: ["["], show: "[", words: "Slower", run: player((card) => card.faster(-1)) },
    { name: "faster", keys: ["]"], show: "]", words: "Faster", run: player((card) => card.faster(1)) },
    {
      name: "whole",
      keys: ["l"],
      show: "L",
      words: "Loop the span, or play the whole video",
      run: player((card) => card.toggleWhole()),
    },
    {
      name: "boxes",
      keys: ["v"],
      show: "V",
      words: "The vendor's boxes, or the clip",
      run: player((card) => card.toggleBoxes()),
    },
    { name: "sound", keys: ["m"], show: "M", words: "Sound on or off", run: player((card) => card.toggleSound()) },
  ]);
  conflictKeys(
    () => current()?.id,
    () => current()?.confirm(),
  );
}
