// Going back or forward before the page is ready: no script answers yet, and the page would not match its address.
// Loaded before everything else.
let ready = false;
document.addEventListener("DOMContentLoaded", () => {
  ready = true;
});
addEventListener("popstate", () => ready || location.reload());
