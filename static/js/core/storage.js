/** @typedef {Pick<Storage, "getItem" | "setItem">} TextStorage */

/**
 * The JSON stored under `key`; `fallback` when there is none or it cannot be read.
 *
 * @template T
 * @param {TextStorage} storage
 * @param {string} key
 * @param {T} fallback
 * @returns {T}
 */
export function read(storage, key, fallback) {
  const text = storage.getItem(key);
  if (text === null) return fallback;
  try {
    return JSON.parse(text);
  } catch {
    return fallback;
  }
}

/**
 * @param {TextStorage} storage
 * @param {string} key
 * @param {unknown} value
 * @returns {boolean} false when the browser has no space for it
 */
export function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") return false;
    throw error;
  }
}
