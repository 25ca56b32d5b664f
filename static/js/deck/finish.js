// What the end of a deck says: nothing is called done while verdicts wait, or were refused.

import * as outbox from "../saving/outbox.js";
import { setIcon } from "../shared/dom.js";

const many = (count) => `${count} verdict${count === 1 ? "" : "s"}`;

function words(done) {
  const refused = outbox.refused().length;
  const waiting = outbox.waiting().length;
  if (refused)
    return [
      "alert",
      `${many(refused)} ${refused === 1 ? "was" : "were"} not saved`,
      "Look at what is beside this: each says why, and what can be done.",
    ];
  if (waiting)
    return [
      "clock",
      `${many(waiting)} still ${waiting === 1 ? "waits" : "wait"} to be saved`,
      "They are sent as soon as the server answers. You can close this page; they stay in this browser.",
    ];
  const pending = Number(done.querySelector("[data-count=pending]").textContent.replaceAll(",", ""));
  return ["check", pending ? "That was the last one" : "Nothing is pending here", ""];
}

export function tellEnd(done) {
  const [sign, title, why] = words(done);
  done.dataset.kind = sign;
  setIcon(done, sign);
  done.querySelector("h2").textContent = title;
  const place = done.querySelector("[data-why]");
  place.textContent = why;
  place.hidden = !why;
}

const done = document.querySelector("[data-done]");
for (const name of ["outbox:changed", "verdict:saved"])
  document.addEventListener(name, () => done && !done.hidden && done.dataset.kind && tellEnd(done));
