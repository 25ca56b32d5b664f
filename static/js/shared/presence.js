// Who else has a page of this batch open, and which event it shows: one small request every 15 seconds, none while the
// page is hidden. A deck asks in the same request for the events that it may serve next.
import { element, initialsMark } from "./dom.js";
import { requestJSON } from "./http.js";
import { uuid } from "./ids.js";
import { commaList, gettext } from "./texts.js";

const INTERVAL = 15000; // milliseconds
const TIMEOUT = 5000;

export class Presence {
  // event(): the event on screen, or null; fields(): further fields to send; onAnswer(answer)
  constructor(url, { token = uuid(), event, fields = () => ({}), onAnswer = () => {} }) {
    Object.assign(this, { url, token, event, fields, onAnswer });
    this.people = [];
    this.unanswered = false; // whether the last request got no answer
    this.pending = Promise.resolve();
    this.timer = 0;
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", ({ persisted }) => persisted && this.report());
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.timer) : this.report()));
    document.addEventListener("htmx:afterSwap", () => this.draw());
  }

  // One request after the other; resolves to the answer, or null where none came.
  report() {
    this.pending = this.pending.then(() => this.send());
    return this.pending;
  }

  async send() {
    clearTimeout(this.timer);
    const fields = { event: this.event() ?? "", ...this.fields() };
    // Without an answer the page keeps what it shows, and the next report tries again.
    const answer = await this.post(fields, { signal: AbortSignal.timeout(TIMEOUT) }).catch(() => null);
    this.unanswered = !answer;
    if (!document.hidden) this.timer = setTimeout(() => this.report(), INTERVAL);
    if (!answer) return null;
    this.people = answer.people;
    this.draw();
    this.onAnswer(answer);
    return answer;
  }

  post(fields, options) {
    return requestJSON(this.url, { fields: { token: this.token, ...fields }, ...options });
  }

  leave() {
    clearTimeout(this.timer);
    this.post({ leave: "on" }, { keepalive: true }).catch(() => {});
  }

  draw() {
    const viewers = Map.groupBy(
      this.people.filter((person) => person.event),
      (person) => person.event,
    );
    const on = (event) => viewers.get(Number(event)) ?? [];
    const everybody = [...new Map(this.people.map((person) => [person.name, person])).values()];
    for (const node of document.querySelectorAll("[data-people]")) {
      fill(node, everybody, namesOf(everybody), gettext("In this batch now"));
    }
    for (const node of document.querySelectorAll("[data-here]")) {
      const holder = node.closest("[data-event]");
      const people = on(holder.dataset.event);
      const text = holder.matches(".card") ? viewing(people) : namesOf(people);
      fill(node, people, text, gettext("Viewing this event now"));
    }
    for (const link of document.querySelectorAll(".strip-event")) mark(link, on(link.dataset.goto));
  }
}

const namesOf = (people) => commaList(people.map((person) => person.name));

function viewing(people) {
  const names = namesOf(people);
  return people.length > 1
    ? gettext("{names} are viewing this", { names })
    : gettext("{names} is viewing this", { names });
}

function fill(node, people, text, title) {
  node.hidden = !people.length;
  node.title = title;
  const marks = people.map((person) => initialsMark(person.initials));
  node.replaceChildren(...(people.length ? [...marks, element("span", "", text)] : []));
}

function mark(link, people) {
  link.dataset.title ??= link.title;
  link.toggleAttribute("data-on", people.length > 0);
  link.title = people.length ? commaList([link.dataset.title, viewing(people)]) : link.dataset.title;
}
