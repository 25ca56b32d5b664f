/** A number with a decimal point or comma, as the server reads it; NaN for other texts. "1,234" may be a thousand. */
export function readDecimal(text) {
  const isNumber = /^\d*[.,]?\d+$|^\d+[.,]$/.test(text.trim()) && !/^[1-9]\d{0,2},\d{3}$/.test(text.trim());
  return isNumber ? Number(text.trim().replace(",", ".")) : Number.NaN;
}
