// What runs before the first paint and before everything else, on every page.

// The colour theme: the system's, or the one chosen in this browser. So early, so that nothing flashes.
const THEMES = ["auto", "dark", "light"];

function applyTheme(name) {
  if (name === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = name;
}

// What was chosen in this browser comes before the profile.
const candidates = [localStorage.getItem("theme"), document.documentElement.dataset.profileTheme];
let theme = candidates.find((name) => THEMES.includes(name)) ?? "auto";
applyTheme(theme);

document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-profile]")) localStorage.removeItem("theme");
});

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  const draw = () => button.setAttribute("aria-label", button.dataset[theme]);
  button.hidden = false;
  draw();
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    applyTheme(theme);
    draw();
  });
});

// Going back to the answer of a form opens its address anew. No browser keeps these pages, and Chromium would show an
// error instead of them, or offer to send the form again.
if ("posted" in document.documentElement.dataset) history.replaceState(history.state, "", location.href);

// Going back or forward before the page is ready: no script answers yet, and the page would not match its address.
let ready = false;
document.addEventListener("DOMContentLoaded", () => {
  ready = true;
});
addEventListener("popstate", () => ready || location.reload());
