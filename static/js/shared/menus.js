// Menus: one is open at a time; a click elsewhere or Escape closes it. Filters start closed on a narrow screen.
const NARROW = "(max-width: 52rem)";

const openMenus = () => document.querySelectorAll("[data-menu][open]");

// An order that is chosen applies at once.
function startOrders() {
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-submit]")) target.form.requestSubmit();
  });
}

export function startMenus() {
  startOrders();
  document.addEventListener("click", ({ target }) => {
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  if (!matchMedia(NARROW).matches) return;
  for (const details of document.querySelectorAll("[data-fold]")) details.open = false;
}
