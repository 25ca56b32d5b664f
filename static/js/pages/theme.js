// The colour theme: the system's, or the one chosen in this browser. Runs before the first paint, so that nothing
// flashes.
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
