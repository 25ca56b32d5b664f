// Who else has a page of this batch open, and which event it shows: one small request every quarter of a minute, none while
// the page is hidden. A deck asks in the same request for the events it may serve next.

import { uuid } from "../saving/outbox.js";
import { cookie, element, icon } from "./dom.js";

const EVERY = 15000; // milliseconds
const PATIENCE = 5000;

export class Presence {
  // event(): what is on screen, or null; more(): further fields to send; onAnswer(answer)
  constructor(address, { token = uuid(), event, more = () => ({}), onAnswer = () => {} }) {
    Object.assign(this, { address, token, event, more, onAnswer });
    this.people = [];
    this.deaf = false; // the last request got no answer
    this.last = Promise.resolve();
    this.timer = 0;
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (shown) => shown.persisted && this.say());
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.timer) : this.say()));
    document.addEventListener("htmx:afterSwap", () => this.draw());
  }

  // One after the other; the answer, or null where there is none.
  say() {
    this.last = this.last.then(() => this.ask());
    return this.last;
  }

  async ask() {
    clearTimeout(this.timer);
    let answer = null;
    try {
      const response = await this.post(
        { event: this.event() ?? "", ...this.more() },
        { signal: AbortSignal.timeout(PATIENCE) },
      );
      if (response.ok) answer = await response.json();
    } catch {
      // No network: what is known stays on the page, and the next beat asks again.
    }
    this.deaf = !answer;
    if (!document.hidden) this.timer = setTimeout(() => this.say(), EVERY);
    if (!answer) return null;
    this.people = answer.people;
    this.draw();
    this.onAnswer(answer);
    return answer;
  }

  post(fields, options) {
    const headers = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") };
    return fetch(this.address, {
      method: "POST",
      headers,
      body: new URLSearchParams({ token: this.token, ...fields }),
      ...options,
    });
  }

  leave() {
    clearTimeout(this.timer);
    this.post({ leave: "on" }, { keepalive: true }).catch(() => {});
  }

  draw() {
    const on = Map.groupBy(
      this.people.filter((one) => one.event),
      (one) => one.event,
    );
    const names = (event) => (on.get(event) ?? []).map((one) => one.name).join(", ");
    for (const place of document.querySelectorAll("[data-people]")) {
      fill(place, [...new Set(this.people.map((one) => one.name))].join(", "), "In this batch just now");
    }
    for (const place of document.querySelectorAll("[data-here]")) {
      const holder = place.closest("[data-event]");
      const who = names(Number(holder.dataset.event));
      fill(
        place,
        who && holder.matches(".card") ? `${who} ${who.includes(",") ? "are" : "is"} on this` : who,
        "On this just now",
      );
    }
    for (const link of document.querySelectorAll(".strip-event")) mark(link, names(Number(link.dataset.goto)));
  }
}

function fill(place, words, title) {
  place.hidden = !words;
  place.title = title;
  place.replaceChildren(...(words ? [icon("user"), element("span", "", words)] : []));
}

function mark(link, who) {
  link.dataset.title ??= link.title;
  link.toggleAttribute("data-on", Boolean(who));
  link.title = who ? `${link.dataset.title}, ${who} is on this` : link.dataset.title;
}
