// Counters and progress bars on the page, set to what the server counted.
import { formatCount } from "../shared/texts.js";

const STATES = ["approved", "rejected", "invalid", "pending"];

function barPart(bar, name) {
  const existing = bar.querySelector(`.fill-${name}`);
  if (existing) return existing;
  const part = bar.querySelector(".rail").cloneNode();
  part.setAttribute("class", `fill-${name}`);
  bar.append(part);
  return part;
}

// counts: {approved, rejected, invalid, pending}
export function showCounts(counts) {
  for (const [name, count] of Object.entries(counts)) {
    for (const node of document.querySelectorAll(`[data-count=${name}]`)) node.textContent = formatCount(count);
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  for (const bar of document.querySelectorAll("[data-progress] .progress")) {
    let x = 0;
    for (const name of STATES) {
      const width = total ? (100 * counts[name]) / total : 0;
      const part = barPart(bar, name);
      part.setAttribute("x", `${x}%`);
      part.setAttribute("width", `${width}%`);
      x += width;
    }
  }
}
