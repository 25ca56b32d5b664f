// Touch: right approves, left rejects, up skips. The picture follows the finger, unless the system asks for less motion;
// what letting go would do is always written on it.
const FAR = 72; // CSS pixels before letting go means something
const STRAIGHT = 1.4; // how much longer the one way has to be than the other
const WORDS = { approved: "Approve", rejected: "Reject", skip: "Skip" };
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function meaning(x, y) {
  if (Math.abs(x) > FAR && Math.abs(x) > STRAIGHT * Math.abs(y)) return x > 0 ? "approved" : "rejected";
  return y < -FAR && -y > STRAIGHT * Math.abs(x) ? "skip" : "";
}

// A quick flick is a scroll to the browser, which then takes the next tap for the end of it: on a screen there is none.
export function claim(screen) {
  screen.addEventListener(
    "touchmove",
    (event) => event.touches.length === 1 && event.cancelable && event.preventDefault(),
    { passive: false },
  );
}

// holder: the element around the cards; screens are found below it. onSwipe("approved" | "rejected" | "skip")
export function listen(holder, onSwipe) {
  let swipe = null;

  function end() {
    if (!swipe) return;
    swipe.screen.style.translate = "";
    delete swipe.screen.dataset.swipe;
    swipe.hint.remove();
    swipe = null;
  }

  holder.addEventListener("pointerdown", (event) => {
    const screen = event.target.closest(".screen");
    if (swipe) return end(); // a second finger pinches
    if (!screen || event.pointerType === "mouse" || !event.isPrimary) return;
    const hint = document.createElement("span");
    hint.className = "swipe-hint";
    screen.append(hint);
    swipe = { screen, hint, id: event.pointerId, x: event.clientX, y: event.clientY };
  });
  holder.addEventListener("pointermove", (event) => {
    if (event.pointerId !== swipe?.id) return;
    const x = event.clientX - swipe.x;
    const y = Math.min(0, event.clientY - swipe.y);
    const now = meaning(x, y);
    swipe.screen.dataset.swipe = now;
    swipe.hint.textContent = WORDS[now] ?? "";
    if (!still.matches) swipe.screen.style.translate = `${x}px ${y}px`;
  });
  holder.addEventListener("pointerup", (event) => {
    if (event.pointerId !== swipe?.id) return;
    const made = meaning(event.clientX - swipe.x, event.clientY - swipe.y);
    end();
    if (made) onSwipe(made);
  });
  holder.addEventListener("pointercancel", end);
}
