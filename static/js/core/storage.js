/** @typedef {Pick<Storage, "getItem" | "setItem">} TextStorage */

/** The user without accounts, and the first one with them: what was there before is theirs. */
export const LOCAL = "local";

/** What the browser keeps for one user, under keys of their own; those of the local user have no more than a name. */
export class OwnStorage {
  #storage;
  #before;

  /** @param {TextStorage} storage @param {string} user id */
  constructor(storage, user) {
    this.#storage = storage;
    this.#before = user === LOCAL ? "" : `${user}:`;
  }

  /** What `name` is called in the browser. @param {string} name */
  key(name) {
    return this.#before + name;
  }

  /** @param {string} name */
  getItem(name) {
    return this.#storage.getItem(this.key(name));
  }

  /** @param {string} name @param {string} text */
  setItem(name, text) {
    this.#storage.setItem(this.key(name), text);
  }
}

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
