// Going back to the answer of a form opens its address anew. No browser keeps these pages, and Chromium would show an
// error instead of them, or offer to send the form again.
if ("posted" in document.documentElement.dataset) history.replaceState(history.state, "", location.href);

// Going back or forward before the page is ready: no script answers yet, and the page would not match its address.
// Loaded before everything else.
let ready = false;
document.addEventListener("DOMContentLoaded", () => {
  ready = true;
});
addEventListener("popstate", () => ready || location.reload());
