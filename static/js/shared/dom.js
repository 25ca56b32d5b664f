// Small helpers: icons, elements, cookies, the toast. Text always goes in as text, never as HTML.
const SVG = "http://www.w3.org/2000/svg";
export const ICONS = { pending: "circle", approved: "check", rejected: "cross", invalid: "ban" };
const WORDS = { pending: "Pending", approved: "Approved", rejected: "Rejected", invalid: "Invalid" };

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export function setIcon(holder, name) {
  holder.querySelector("use").setAttribute("href", `${document.body.dataset.icons}#${name}`);
}

export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// The state as the server writes it: icon and word. `unsaved` draws a dashed line until the server has said so.
export function stateBadge(approval, unsaved = false) {
  const badge = element("span", `state state-${approval}`, icon(ICONS[approval]), element("span", "", WORDS[approval]));
  badge.dataset.state = approval;
  if (unsaved) badge.dataset.unsaved = "";
  return badge;
}

export function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

let toastTimer;
export function toast(words) {
  const place = document.getElementById("toast");
  place.textContent = words;
  place.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => place.setAttribute("hidden", ""), 5000);
}
