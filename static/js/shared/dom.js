// Small helpers for the page: icons, elements, numbers, the toast. Text always goes in as text, never as HTML.
import { gettext } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
const TOAST_TIME = 5000; // milliseconds
const LABELS = {
  pending: gettext("Pending"),
  approved: gettext("Approved"),
  rejected: gettext("Rejected"),
  invalid: gettext("Invalid"),
};

// In a line of text.
const WORDS = {
  pending: gettext("pending"),
  approved: gettext("approved"),
  rejected: gettext("rejected"),
  invalid: gettext("invalid"),
};

export const verdictWord = (approval) => WORDS[approval] ?? approval;
export const ICONS = { pending: "circle", approved: "check", rejected: "cross", invalid: "ban" };

export const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

// Sets a text or an attribute only where it differs. A text that is set anew is another child of its element: the
// browser then looks at each `:has()` above it, and at all that is styled by one, in every frame of a clip.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function setIcon(holder, name) {
  setAttribute(holder.querySelector("use"), "href", `${document.body.dataset.icons}#${name}`);
}

// A person's initials, as the server writes them: drawn by CSS, beside the name.
export function initialsMark(text) {
  const mark = element("span", "initials");
  Object.assign(mark, { dir: "auto" }).dataset.initials = text;
  return mark;
}

export function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

// A button that runs `run`; with the name of a command it shows the key of that command (shared/keys.js).
export function button(className, run, { command = "" } = {}, ...children) {
  const node = element("button", className, ...children);
  node.type = "button";
  node.addEventListener("click", run);
  if (command) {
    node.append(element("kbd", ""));
    node.lastChild.dataset.command = command;
  }
  return node;
}

// The state as the server writes it: icon and label. `unsaved` draws a dashed line until the server has confirmed it.
export function stateBadge(approval, unsaved = false) {
  const badge = element(
    "span",
    `state state-${approval}`,
    icon(ICONS[approval]),
    element("span", "", LABELS[approval]),
  );
  badge.dataset.state = approval;
  if (unsaved) badge.dataset.unsaved = "";
  return badge;
}

let toastTimer;
// offer: {title, run} of a button behind the message, or null
export function toast(message, offer = null) {
  const node = document.getElementById("toast");
  node.replaceChildren(message);
  if (offer) node.append(offerButton(node, offer));
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => node.setAttribute("hidden", ""), TOAST_TIME);
}

function offerButton(node, { title, run }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-small";
  button.textContent = title;
  button.addEventListener("click", () => {
    node.hidden = true;
    run();
  });
  return button;
}
