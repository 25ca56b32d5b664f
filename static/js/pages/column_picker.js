// Names of columns beside a form's field: a click adds one to the field, another click removes it. Where the form names
// its kind of file, only the columns of its rows are shown.
const NAMED_SETS = ["documented", "sdk", "full"];

const columnsIn = (field) =>
  field.value
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);

function draw(form) {
  const columns = columnsIn(form.querySelector("[data-chosen]"));
  for (const button of form.querySelectorAll("[data-column]")) {
    const position = columns.indexOf(button.dataset.column) + 1;
    button.setAttribute("aria-pressed", position > 0);
    button.dataset.place = position || "";
  }
  const rows = form.elements.file?.value.split(".")[0];
  if (!rows) return;
  for (const part of form.querySelectorAll("[data-rows]")) part.hidden = part.dataset.rows !== rows;
}

const drawAll = () => document.querySelectorAll("form:has([data-column])").forEach(draw);

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-column]");
  if (!button) return;
  const field = button.form.querySelector("[data-chosen]");
  const { column } = button.dataset;
  const columns = columnsIn(field).filter((name) => !NAMED_SETS.includes(name));
  const changed = columns.includes(column) ? columns.filter((name) => name !== column) : [...columns, column];
  field.value = changed.join(", ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("input", ({ target }) => target.matches("[data-chosen], [name=file]") && drawAll());
document.addEventListener("htmx:oobAfterSwap", drawAll);
drawAll();
