import { Emitter } from "./events.js";
import { read, write } from "./storage.js";

/** @import { TextStorage } from "./storage.js" */

/**
 * What is kept in the browser under one key, as JSON.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Stored extends Emitter {
  #storage;
  #key;

  /** @param {TextStorage} storage @param {string} key */
  constructor(storage, key) {
    super();
    this.#storage = storage;
    this.#key = key;
  }

  /** @template T @param {T} fallback @returns {T} what is stored; `fallback` where there is nothing to be read */
  stored(fallback) {
    return read(this.#storage, this.#key, fallback);
  }

  /** @param {unknown} value @returns {boolean} false when the browser has no space for it */
  store(value) {
    return write(this.#storage, this.#key, value);
  }
}
