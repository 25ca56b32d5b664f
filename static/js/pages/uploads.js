// Files for upload: dropped or picked, each a row with its progress and what can be done with it.
import { FileSender, minutesOfRest } from "../saving/file_sender.js";
import { setIcon } from "../shared/dom.js";
import { gettext, timeLeft } from "../shared/texts.js";

const area = document.getElementById("drop");
const list = document.getElementById("files");
const template = document.getElementById("file-row");
const form = document.getElementById("target");

const STATES = {
  held: [gettext("Not started"), "alert", "incomplete"],
  waiting: [gettext("Waiting"), "clock", "queued"],
  sending: [gettext("Sending"), "sync", "running"],
  paused: [gettext("Paused"), "pause", "queued"],
  failed: [gettext("Interrupted"), "alert", "incomplete"],
  refused: [gettext("Not uploaded"), "ban", "failed"],
  sent: [gettext("Received"), "check", "done"],
  canceled: [gettext("Canceled"), "ban", "queued"],
};
const BUTTONS = {
  pause: ["waiting", "sending"],
  resume: ["held", "paused", "failed", "canceled"],
  cancel: ["held", "waiting", "sending", "paused", "failed"],
};

const rows = new Map();

const refreshUploads = () => htmx.trigger(document.body, "uploads-changed");

function draw(entry) {
  if (!rows.has(entry)) rows.set(entry, addRow(entry));
  const row = rows.get(entry);
  const [label, icon, look] = STATES[entry.state];
  const part = Math.floor((100 * entry.received) / (entry.file.size || 1));
  const state = row.querySelector("[data-state]");
  state.className = `run-state run-${look}`;
  setIcon(state, icon);
  state.querySelector("span").textContent = entry.state === "sending" ? sending(part, minutesOfRest(entry)) : label;
  row.querySelector(".file-state").toggleAttribute("data-refused", entry.state === "refused");
  row.querySelector("[data-message]").textContent = entry.message;
  const bar = row.querySelector(".progress");
  bar.setAttribute("aria-valuenow", part);
  bar.querySelector(".level").setAttribute("width", `${part}%`);
  const focused = row.querySelector("button:focus");
  for (const [name, states] of Object.entries(BUTTONS)) {
    row.querySelector(`[data-do=${name}]`).hidden = !states.includes(entry.state);
  }
  if (focused?.hidden) row.querySelector("button:not([hidden])")?.focus();
  if (["sent", "refused"].includes(entry.state)) refreshUploads();
}

function sending(percent, minutes) {
  const left = timeLeft(minutes);
  return left
    ? gettext("Sending, {percent} %, {left}", { percent, left })
    : gettext("Sending, {percent} %", { percent });
}

function addRow(entry) {
  const row = template.content.cloneNode(true).querySelector("li");
  row.querySelector("[data-name]").textContent = entry.file.name;
  row.querySelector(".progress").setAttribute("aria-label", gettext("{name} received", entry.file));
  for (const [name, run] of Object.entries({ pause, resume, cancel })) {
    const button = row.querySelector(`[data-do=${name}]`);
    button.setAttribute("aria-label", `${button.textContent.trim()} ${entry.file.name}`);
    button.addEventListener("click", () => run(entry));
  }
  list.append(row);
  list.hidden = false;
  return row;
}

const pause = (entry) => sender.pause(entry);
const resume = (entry) => sender.resume(entry);
const cancel = (entry) => sender.cancel(entry).then(refreshUploads);

const sender = new FileSender({
  list: area.dataset.list,
  begin: area.dataset.begin,
  partUrl: (upload, offset) => `${area.dataset.part.replace("/0/", `/${upload}/`)}?offset=${offset}`,
  target: () => Object.fromEntries(new FormData(form)),
  changed: draw,
});

const input = area.querySelector("input");
input.addEventListener("change", () => {
  sender.add([...input.files]);
  input.value = "";
});

for (const name of ["dragenter", "dragover"]) {
  area.addEventListener(name, (event) => {
    event.preventDefault();
    area.classList.add("drop-over");
  });
}
for (const name of ["dragleave", "drop"]) area.addEventListener(name, () => area.classList.remove("drop-over"));
area.addEventListener("drop", (event) => {
  event.preventDefault();
  sender.add([...event.dataTransfer.files]);
});

addEventListener("beforeunload", (event) => {
  if (sender.unfinished) event.preventDefault();
});
area.hidden = false;
