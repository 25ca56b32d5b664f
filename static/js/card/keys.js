// The keys of a card, the same on its page and in the deck.
import { registerConflictKeys, resolveConflict } from "../saving/conflict.js";
import { toast } from "../shared/dom.js";
import { register } from "../shared/keys.js";
import { gettext } from "../shared/texts.js";

// Functions that run something on the card on screen, or do nothing where there is none.
function runners(current) {
  const onCard = (run) => (event) => current() && run(current(), { at: event.timeStamp, key: event.key });
  const refuse = () => toast(gettext("You have read access only."));
  const ifAllowed = (run) => onCard((card, pressed) => (card.canDecide ? run(card, pressed) : refuse()));
  const decide = (approval) => ifAllowed((card, pressed) => void card.giveVerdict(approval, pressed));
  return { onCard, ifAllowed, decide };
}

// current(): the card on screen or null; reasons: the Reasons of the page
export function registerCardKeys(current, { undo, redo, repeat, reasons, missed }) {
  const { onCard, ifAllowed, decide } = runners(current);
  const acceptProposal = ifAllowed((card) => card.proposal && void card.giveVerdict(...card.proposal));
  const flag = ifAllowed((card) => resolveConflict(card.id, "flag") || card.toggleFlag());
  const digit = (event) => missed.digit(event) || current()?.correction.press(event) || reasons.press(event);
  const close = () => missed.drop() || current()?.correction.drop() || reasons.close();
  const setMoment = (name) => ifAllowed((card) => card.correction.setMoment(name));
  register("Decide", [
    { name: "approve", keys: ["a"], title: gettext("Approve"), run: decide("approved") },
    { name: "reject", keys: ["r"], title: gettext("Reject"), run: decide("rejected") },
    { name: "invalid", keys: ["i"], title: gettext("Mark as invalid"), run: decide("invalid") },
    {
      keys: [..."123456789"],
      show: "1 … 9",
      title: gettext("Add a reason after Reject or Invalid; set a severity"),
      run: digit,
    },
    {
      keys: ["Escape"],
      show: "Esc",
      title: gettext("Close the reasons, the correction or the missed event"),
      run: close,
    },
    {
      name: "correct",
      keys: ["d"],
      title: gettext("Correct label, category, severity, span, box; Enter approves with the changes"),
      run: ifAllowed((card) => card.correction.toggle()),
    },
    {
      name: "set-in",
      keys: ["{"],
      title: gettext("Set the start of the span to the playhead"),
      run: setMoment("start_s"),
    },
    {
      name: "set-out",
      keys: ["}"],
      title: gettext("Set the end of the span to the playhead"),
      run: setMoment("end_s"),
    },
    {
      name: "missed",
      keys: ["o"],
      title: gettext("Mark an event that the AI missed: start at the playhead; again: its end"),
      run: ifAllowed((card) => missed.press(card)),
    },
    { name: "repeat", keys: ["."], title: gettext("Repeat the last verdict, reason and note"), run: ifAllowed(repeat) },
    { name: "accept", keys: ["e"], title: gettext("Use the verdict of an earlier analysis"), run: acceptProposal },
    { name: "undo", keys: ["z"], title: gettext("Undo my last verdict"), run: undo },
    { name: "redo", keys: ["shift+z"], title: gettext("Redo"), run: redo },
    {
      name: "note",
      keys: ["n"],
      title: gettext("Write a note; Enter adds it to your verdict, Esc leaves it"),
      run: onCard((card) => card.note?.focus()),
    },
    {
      name: "comment-at",
      keys: ["c"],
      title: gettext("Write a comment on the moment on screen; Esc leaves it"),
      run: onCard((card) => card.commentAt()),
    },
    {
      name: "comment",
      keys: ["shift+c"],
      title: gettext("Write a comment without the moment"),
      run: onCard((card) => card.part("talk-field")?.focus()),
    },
    { name: "flag", keys: ["f"], title: gettext("Flag for a second look"), run: flag },
  ]);
  registerPlayKeys(onCard);
  registerConflictKeys(
    () => current()?.id,
    () => current()?.confirm(),
  );
}

// onCard(run): a function that runs something on the card on screen
export function registerPlayKeys(onCard) {
  const onTransport = (run) => onCard(({ transport }) => run(transport));
  const onPlayer = (run) => onCard(({ player }) => run(player));
  register("Play", [
    { name: "play", keys: [" "], title: gettext("Play or pause"), run: onPlayer((player) => player.toggle()) },
    { name: "back", keys: ["shift+ArrowLeft"], title: gettext("Back 2 s"), run: onTransport((bar) => bar.stepBack()) },
    {
      name: "on",
      keys: ["shift+ArrowRight"],
      title: gettext("Forward 2 s"),
      run: onTransport((bar) => bar.stepForward()),
    },
    {
      name: "frame-back",
      keys: ["<"],
      title: gettext("Previous frame"),
      run: onPlayer((player) => player.stepFrame(-1)),
    },
    { name: "frame-on", keys: [">"], title: gettext("Next frame"), run: onPlayer((player) => player.stepFrame(1)) },
    { name: "slower", keys: ["["], title: gettext("Slower"), run: onTransport((bar) => bar.changeSpeed(-1)) },
    { name: "faster", keys: ["]"], title: gettext("Faster"), run: onTransport((bar) => bar.changeSpeed(1)) },
    {
      name: "whole",
      keys: ["l"],
      title: gettext("Loop the event or play the whole video"),
      run: onTransport((bar) => bar.toggleWhole()),
    },
    {
      name: "boxes",
      keys: ["v"],
      title: gettext("Enlarge, hide or show the vendor's boxes"),
      run: onCard((card) => card.toggleBoxes?.()),
    },
    { name: "sound", keys: ["m"], title: gettext("Mute or unmute"), run: onTransport((bar) => bar.toggleSound()) },
  ]);
  registerViewKeys(onCard);
}

function registerViewKeys(onCard) {
  const onView = (run) => onCard(({ view }, pressed) => void run(view, pressed));
  register("Play", [
    {
      name: "fullscreen",
      keys: ["u"],
      title: gettext("Enter or leave full screen"),
      run: onView((view) => view.toggleFullScreen()),
    },
    {
      name: "zoom-in",
      keys: ["+"],
      title: gettext("Zoom in; the wheel zooms too"),
      run: onView((view) => view.zoomIn()),
    },
    {
      name: "zoom-held",
      keys: ["q"],
      title: gettext("Zoom towards the pointer while held; a drag moves the picture"),
      run: onView((view, { key }) => view.holdZoom(key)),
    },
    { name: "zoom-out", keys: ["-"], title: gettext("Zoom out"), run: onView((view) => view.zoomOut()) },
    { name: "zoom-reset", keys: ["0"], title: gettext("Reset zoom"), run: onView((view) => view.reset()) },
    { name: "brightness", keys: ["b"], title: gettext("Brighter"), run: onView((view) => view.brighten("brightness")) },
    {
      name: "contrast",
      keys: ["shift+b"],
      title: gettext("More contrast"),
      run: onView((view) => view.brighten("contrast")),
    },
    {
      name: "share",
      keys: ["shift+l"],
      title: gettext("Copy the URL of this moment"),
      run: onCard((card) => void card.copyMoment?.()),
    },
    {
      name: "still",
      keys: ["p"],
      title: gettext("Save the picture on screen"),
      run: onView((view) => view.saveStill()),
    },
    {
      name: "copy-still",
      keys: ["shift+p"],
      title: gettext("Copy the picture on screen with its time"),
      run: onView((view) => view.copyStill()),
    },
  ]);
}
