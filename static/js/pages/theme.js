// The colour theme: the system's, or the one chosen in this browser. Runs before the first paint, so that nothing
// flashes.
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
  const draw = () => button.setAttribute("aria-label", `Colours: ${theme === "auto" ? "same as the system" : theme}`);
  button.hidden = false;
  draw();
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    applyTheme(theme);
    draw();
  });
});
