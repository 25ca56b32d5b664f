// Every page: the outbox and the status of saving, the token and errors of htmx, menus, the download form, key help.
import { startRefreshingCounts } from "../saving/refresh_counts.js";
import { startSaving } from "../saving/save_status.js";
import { toast } from "../shared/dom.js";
import { startDownloadForms } from "../shared/download_form.js";
import { startFinder } from "../shared/finder.js";
import { csrfToken } from "../shared/http.js";
import { startKeyHelp } from "../shared/key_help.js";
import { startMenus } from "../shared/menus.js";
import { startNotificationCount } from "../shared/notification_count.js";
import { startRenaming } from "../shared/rename.js";
import { startTabs } from "../shared/tabs.js";
import { gettext } from "../shared/texts.js";

const UNCHANGED = gettext("Nothing on this page changed.");
const MESSAGES = {
  400: gettext("The filter cannot be read: one of its values is wrong."),
  429: gettext("Too many requests. Try again in a moment."),
};

function messageFor(status) {
  if (!status) return `${gettext("The server does not answer.")} ${UNCHANGED}`;
  return MESSAGES[status] ?? `${gettext("The server answered {status}.", { status })} ${UNCHANGED}`;
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = csrfToken();
});
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => toast(messageFor(detail.xhr?.status)));
}

startRefreshingCounts();
startSaving();
startFinder();
startKeyHelp();
startMenus();
startDownloadForms();
startNotificationCount();
startRenaming();
startTabs();
