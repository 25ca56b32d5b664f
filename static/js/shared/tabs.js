// Brings the current tab into view where the tabs scroll sideways. Only they move, never the page.
export function startTabs() {
  for (const tab of document.querySelectorAll(".tab[aria-current]")) {
    const bar = tab.parentElement;
    const [inner, outer] = [tab, bar].map((node) => node.getBoundingClientRect());
    bar.scrollBy({ left: inner.left + inner.width / 2 - (outer.left + outer.width / 2), behavior: "instant" });
  }
}
