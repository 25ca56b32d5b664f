// The counts beside the filters and everybody's share follow what is decided: read again once the keys have rested a
// moment, in the background. A change of the filter goes first.
const REST = 700; // milliseconds
let timer = 0;

document.addEventListener("verdict:saved", ({ detail }) => {
  if (!detail.answer.events.length) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    for (const place of document.querySelectorAll("#facets-loader, .shares")) window.htmx.trigger(place, "refresh");
  }, REST);
});
