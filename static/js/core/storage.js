/** @typedef {Pick<Storage, "getItem" | "setItem">} TextStorage */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} KeptStorage */

/** The user without accounts, and the first one with them: what was there before is theirs. */
export const LOCAL = "local";

/** What a browser is set to, whoever uses it. */
const ANYBODYS = ["compact_v1", "language", "theme_v1"];

/** What the browser keeps for one user, under keys of their own; those of the local user have no more than a name. */
export class OwnStorage {
  #storage;
  #before;
  #forgotten = false;

  /** @param {KeptStorage} storage @param {string} user id */
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
    if (!this.#forgotten) this.#storage.setItem(this.key(name), text);
  }

  /** Removes all that is kept for this user. What the page would still keep, being about to end, is not. */
  forget() {
    this.#forgotten = true;
    const keys = Array.from({ length: this.#storage.length }, (_, at) => this.#storage.key(at) ?? "");
    for (const key of keys) if (this.#owns(key)) this.#storage.removeItem(key);
  }

  /** @param {string} key */
  #owns(key) {
    return this.#before ? key.startsWith(this.#before) : !key.includes(":") && !ANYBODYS.includes(key);
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
