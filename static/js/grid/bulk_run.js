// What became of a verdict on many events: live progress of a run in the background, what was left alone, and one undo.

import * as outbox from "../saving/outbox.js";
import { cookie, element } from "../shared/dom.js";

const EVERY = 700; // milliseconds between two looks
const DOING = {
  approved: "Approving",
  rejected: "Rejecting",
  invalid: "Marking as invalid",
  carried: "Taking over verdicts",
  undo: "Taking back",
  redo: "Doing again",
};
const DID = {
  approved: "approved",
  rejected: "rejected",
  invalid: "marked as invalid",
  carried: "taken over",
  undo: "taken back",
  redo: "done again",
};
const place = document.getElementById("bulk-run");
const part = (name) => place.querySelector(`[data-run-${name}]`);
const number = (count) => count.toLocaleString("en-US");

let run = null; // as the server describes it
let timer = 0;
let onCounts = () => {};
let onEnd = () => {};

function leftAlone(events) {
  const left = part("left");
  left.hidden = !events.length;
  left.open = false;
  left.querySelector("summary").textContent = `${number(run.skipped)} left alone`;
  left.querySelector("ul").replaceChildren(
    ...events.map((event) => {
      const link = element("a", "", event.label || `Event ${event.id}`);
      link.href = event.url ?? `/events/${event.id}/`;
      return element("li", "", link, element("span", "quiet", ` ${event.approval}`));
    }),
  );
}

function draw() {
  const what = run.kind === "decide" ? run.approval || "carried" : run.kind;
  const percent = run.total ? Math.floor((100 * run.position) / run.total) : 0;
  const words = run.unfinished
    ? `${DOING[what]}: ${number(run.position)} of ${number(run.total)}`
    : `${number(run.decided)} ${DID[what]}. ${run.message}`;
  place.hidden = false;
  part("words").textContent = words.trim();
  const bar = part("progress");
  bar.toggleAttribute("hidden", !run.unfinished);
  bar.setAttribute("aria-valuenow", percent);
  bar.querySelector(".level").setAttribute("width", `${percent}%`);
  part("stop").hidden = !(run.unfinished && run.kind === "decide");
  part("resume").hidden = !run.failed;
  part("undo").hidden = run.unfinished || run.kind === "undo" || !run.decided || !run.key;
  part("close").hidden = run.unfinished;
  leftAlone(run.unfinished ? [] : run.left_alone);
}

async function ask(body) {
  const headers = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") };
  const response = await fetch(
    run.url,
    body ? { method: "POST", headers, body: new URLSearchParams(body) } : { headers },
  );
  const answer = await response.json();
  return response.ok ? answer : { ...run, message: answer.error };
}

async function look(body) {
  clearTimeout(timer);
  const before = run;
  try {
    const answer = await ask(body);
    if (run !== before) return; // another one took its place
    run = answer;
  } catch {
    // The server does not answer: the run goes on without us, and we look again.
  }
  if (run.counts) onCounts(run.counts);
  draw();
  if (run.unfinished) timer = setTimeout(look, EVERY);
  else if (before.unfinished) onEnd();
}

// `described`: a run as the server describes it; one that has ended is shown as it is.
export function show(described) {
  clearTimeout(timer);
  run = { left_alone: [], message: "", ...described };
  draw();
  if (run.unfinished) timer = setTimeout(look, EVERY);
}

// counts(byApproval): what the server counts now; end(): a run in the background has ended
export function start(counts, end) {
  if (!place) return;
  [onCounts, onEnd] = [counts, end];
  part("stop").addEventListener("click", () => look({ do: "stop" }));
  part("resume").addEventListener("click", () => look({ do: "resume" }));
  part("close").addEventListener("click", () => place.setAttribute("hidden", ""));
  part("undo").addEventListener("click", () => {
    outbox.undo({ batch: run.batch, target: run.key });
    place.hidden = true;
  });
  if (!place.dataset.run) return;
  run = {
    url: place.dataset.run,
    kind: place.dataset.kind,
    unfinished: true,
    position: 0,
    total: 0,
    left_alone: [],
    message: "",
  };
  look();
}
