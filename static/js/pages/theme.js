// Colours: follow the system, or what was chosen here. Runs before the first paint, so nothing flashes.
const THEMES = ["auto", "dark", "light"];

function applyTheme(name) {
  if (name === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = name;
}

let theme = THEMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto";
applyTheme(theme);

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  const tell = () => button.setAttribute("aria-label", `Colours: ${theme === "auto" ? "as the system" : theme}`);
  button.hidden = false;
  tell();
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    applyTheme(theme);
    tell();
  });
});
