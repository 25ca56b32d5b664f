// Texts in the language of the page. static/texts/LANGUAGE.js is there before any module runs; English has none.
const TEXTS = globalThis.translatedTexts ?? {};
const LANGUAGE = globalThis.document?.documentElement.lang || "en";

/** Whether the page runs from right to left: what follows is on the left. Times and places do not. */
export const IS_RIGHT_TO_LEFT = globalThis.document?.documentElement.dir === "rtl";

const PLURALS = new Intl.PluralRules(LANGUAGE);
// The forms of a plural in the order of the catalog, which is that of CLDR without what a language does not have.
const FORMS = ["zero", "one", "two", "few", "many", "other"].filter((form) =>
  PLURALS.resolvedOptions().pluralCategories.includes(form),
);

const fill = (message, values) => message.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export const LOCALE = `${LANGUAGE}-u-nu-latn`;
export const formatCount = (count) => count.toLocaleString(LOCALE);

/** The texts as a list, with the comma of the language: "ana, ben". */
export const commaList = (texts) => texts.join(LANGUAGE === "ar" ? "، " : ", ");

/** The number that the server wrote with the separators of the language; NaN for "10,000+". */
export const parseCount = (text) => Number(text.replace(/[.,\s]/g, ""));

/** The text `Moved to {place}` with `values` for what is in braces. */
export function gettext(message, values = {}) {
  return fill(TEXTS[message] ?? message, values);
}

/** The form for `count`, which the text calls {count}. */
export function ngettext(one, many, count, values = {}) {
  const form = TEXTS[one]?.[FORMS.indexOf(PLURALS.select(count))] ?? (count === 1 ? one : many);
  return fill(form, { count: formatCount(count), ...values });
}

/** How long the rest takes, as text; empty for NaN, while too little is known. */
export function timeLeft(minutes) {
  if (Number.isNaN(minutes)) return "";
  if (minutes < 1) return gettext("< 1 min left");
  if (minutes < 120) return ngettext("≈ {count} min left", "≈ {count} min left", Math.round(minutes));
  return ngettext("≈ {count} h left", "≈ {count} h left", Math.round(minutes / 60));
}
