// Runs in the measured page: from a key to the next card painted, and to its picture moving, by the browser's own clock.
// Painted: the first task after the frame in which the card is there. Moving: the second different picture of a playing
// video was handed to the screen. Milliseconds from the key event's own time stamp.
window.probe = () => new Promise((resolve) => {
  const before = document.getElementById("card").dataset.event;
  const found = {};
  let pressed = 0;

  function tell(name) {
    found[name] = performance.now() - pressed;
    if (found.card && found.moving) resolve(found);
  }

  function moving(video) {
    let first = null;
    const frame = (now, { mediaTime }) => {
      if (first !== null && mediaTime !== first && !video.paused) return tell("moving");
      first ??= mediaTime;
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  }

  function look() {
    const card = document.getElementById("card");
    if (!card || card.hidden || card.dataset.event === before) return requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => tell("card");
    port2.postMessage(0);
    moving(card.querySelector("video"));
  }

  addEventListener("keydown", (event) => {
    pressed = event.timeStamp;
    look();
  }, { capture: true, once: true });
});

// The baseline: the same card fetched and swapped by htmx at the key, its clip signed and opened then.
window.plain = (ids) => addEventListener("keydown", async (event) => {
  const next = event.key === "q" && ids.shift();
  if (!next) return;
  await htmx.ajax("GET", `/events/${next}/`, { target: "#card", swap: "outerHTML" });
  const screen = document.querySelector("#card [data-player]");
  const token = document.cookie.match(/csrftoken=(\w+)/)[1];
  const signed = await fetch(screen.dataset.clip, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": token } });
  const video = screen.querySelector("video");
  video.src = (await signed.json()).url;
  video.currentTime = Math.max(0, screen.dataset.start - 2);
  video.classList.add("playing");
  await video.play();
});
