/** A browser's storage that forgets. */
export function memory() {
  /** @type {Map<string, string>} */
  const texts = new Map();
  return {
    getItem: (/** @type {string} */ key) => texts.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ text) => void texts.set(key, text),
    removeItem: (/** @type {string} */ key) => void texts.delete(key),
    key: (/** @type {number} */ at) => [...texts.keys()][at] ?? null,
    get length() {
      return texts.size;
    },
  };
}
