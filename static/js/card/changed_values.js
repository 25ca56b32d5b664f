import { readDecimal } from "../shared/decimals.js";

// The changed fields of a form, by name. A number field that was emptied is left as it is.
export function changedValues(fields) {
  const changed = fields
    .map(({ name, inputMode, value, defaultValue }) => ({ name, inputMode, value: value.trim(), defaultValue }))
    .filter(({ value, defaultValue }) => value !== defaultValue.trim());
  return Object.fromEntries(
    changed
      .filter(({ inputMode, value }) => inputMode !== "decimal" || value !== "")
      .map(({ name, inputMode, value }) => [name, inputMode === "decimal" ? String(readDecimal(value)) : value]),
  );
}
