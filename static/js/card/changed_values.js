// The changed fields of a form, by name. A number field that was emptied is left as it is.
export function changedValues(fields) {
  const changed = fields.filter(({ value, defaultValue }) => value.trim() !== defaultValue.trim());
  return Object.fromEntries(
    changed
      .filter(({ type, value }) => type !== "number" || value !== "")
      .map(({ name, value }) => [name, value.trim()]),
  );
}
