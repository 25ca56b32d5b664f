// Going back or on before the page is ready: nothing would answer yet, and the page would not be what its address says.
// Loaded before everything else.
let ready = false;
document.addEventListener("DOMContentLoaded", () => {
  ready = true;
});
addEventListener("popstate", () => ready || location.reload());
