// Stand-ins for what a browser has.

// A Storage: its entries are its own keys, as in localStorage. With `room` it holds no more entries than that.
export function memoryStorage(entries = {}, { room = Infinity } = {}) {
  const methods = {
    getItem: (name) => storage[name] ?? null,
    setItem(name, value) {
      if (!(name in storage) && Object.keys(storage).length >= room) throw new Error("QuotaExceededError");
      storage[name] = String(value);
    },
    removeItem: (name) => delete storage[name],
  };
  const storage = Object.assign(Object.create(methods), entries);
  return storage;
}

// Lets everything that waits for a promise run.
export const settled = () => new Promise((resolve) => setImmediate(resolve));

let loaded = 0;
// shared/texts.js in a page of this language with this catalog.
export async function loadTexts(language, catalog = undefined) {
  globalThis.translatedTexts = catalog;
  globalThis.document = { documentElement: { lang: language } };
  try {
    loaded += 1;
    return await import(`../../static/js/shared/texts.js?${loaded}`);
  } finally {
    delete globalThis.translatedTexts;
    delete globalThis.document;
  }
}
