// Names of columns beside a form's field: a press puts one behind the others, another takes it out again. Where the form
// says what its rows are, only their columns are shown.
const read = (field) =>
  field.value
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
const SETS = ["documented", "sdk", "full"];

function mark(form) {
  const chosen = read(form.querySelector("[data-chosen]"));
  for (const button of form.querySelectorAll("[data-column]")) {
    const place = chosen.indexOf(button.dataset.column) + 1;
    button.setAttribute("aria-pressed", place > 0);
    button.dataset.place = place || "";
  }
  const file = form.elements.file?.value;
  if (file)
    for (const part of form.querySelectorAll("[data-rows]")) part.hidden = part.dataset.rows !== file.split(".")[0];
}

const tellColumns = () => document.querySelectorAll("form:has([data-column])").forEach(mark);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-column]");
  if (!button) return;
  const field = button.form.querySelector("[data-chosen]");
  const { column } = button.dataset;
  const chosen = read(field).filter((name) => !SETS.includes(name));
  field.value = (chosen.includes(column) ? chosen.filter((name) => name !== column) : [...chosen, column]).join(", ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("input", (event) => event.target.matches("[data-chosen], [name=file]") && tellColumns());
document.addEventListener("htmx:oobAfterSwap", tellColumns);
tellColumns();
