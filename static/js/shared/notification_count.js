// The number of unread notifications in the header of every page: asked for once a minute while the page is visible.
import { requestJSON } from "./http.js";
import { gettext } from "./texts.js";

const EVERY = 60_000; // milliseconds
const MAX_SHOWN = 99;

export function startNotificationCount() {
  const link = document.querySelector("[data-notifications]");
  if (!link) return;
  let newest = null;
  let askedAt = Date.now();

  async function update() {
    askedAt = Date.now();
    const answer = await requestJSON(link.dataset.notifications).catch(() => null);
    if (!answer) return; // signed out, or no network: the next turn asks again
    const hasChanged = link.dataset.unread !== String(answer.unread) || (newest !== null && newest !== answer.newest);
    newest = answer.newest;
    if (!hasChanged) return;
    showCount(link, answer.unread);
    globalThis.htmx?.trigger(document.body, "notifications-changed");
  }

  const updateIfDue = () => document.visibilityState === "visible" && Date.now() - askedAt >= EVERY && update();
  setInterval(updateIfDue, EVERY);
  document.addEventListener("visibilitychange", updateIfDue);
}

export function showCount(link, unread) {
  link.dataset.unread = unread;
  link.setAttribute(
    "aria-label",
    unread ? gettext("Notifications: {count} unread", { count: unread }) : gettext("Notifications"),
  );
  const badge = link.querySelector(".badge");
  badge.hidden = !unread;
  badge.textContent = unread > MAX_SHOWN ? `${MAX_SHOWN}+` : unread;
}
