// What the vendor changed while a card was on screen, field by field.
import { element } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";

const fieldsBefore = new Map(); // event → its fields as they were on the card that was decided

function fieldsOf(card) {
  return Object.fromEntries(
    [...card.querySelectorAll("[data-field]")].map((node) => [node.dataset.field, node.textContent.trim()]),
  );
}

export function rememberFields(card) {
  fieldsBefore.set(Number(card.dataset.event), fieldsOf(card));
}

function heading(scope, text) {
  const cell = element("th", "", text);
  cell.scope = scope;
  return cell;
}

function row(field, before = gettext("none"), now = gettext("none")) {
  const cell = (tag, text) => element("td", "", element(tag, "", text));
  return element("tr", "", heading("row", field), cell("del", before), cell("ins", now));
}

// A table in a list, or an empty list where nothing changed.
export function changedFields(card) {
  const before = fieldsBefore.get(Number(card.dataset.event));
  if (!before || !Object.keys(before).length) return [];
  const now = fieldsOf(card);
  const changed = Object.keys({ ...before, ...now }).filter((field) => before[field] !== now[field]);
  if (!changed.length) return [];
  const table = element("table", "changes");
  table
    .createTHead()
    .append(element("tr", "", element("td", ""), heading("col", gettext("you saw")), heading("col", gettext("now"))));
  table.createTBody().append(...changed.map((field) => row(field, before[field], now[field])));
  return [table];
}
