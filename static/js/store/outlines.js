import { Emitter } from "../core/events.js";

const MOST = 100;
const GATHER_MS = 60;
const KEPT = 2000;

/**
 * Small waveforms by the key of their sound, asked for when rows come into sight: many in one request, each once.
 * An event named by the key says that its waveform is there.
 *
 * @extends {Emitter<Record<string, []>>}
 */
export class Outlines extends Emitter {
  /** Empty for a sound that has none. @type {Map<string, string>} */
  #known = new Map();
  /** @type {Set<string>} */
  #wanted = new Set();
  /** On their way. @type {Set<string>} */
  #asked = new Set();
  #timer = 0;
  #load;

  /** @param {(keys: readonly string[]) => Promise<{ outlines: Record<string, string> }>} load */
  constructor(load) {
    super();
    this.#load = load;
  }

  /** @param {string} key @returns {string | undefined} undefined where nobody asked for it yet */
  get(key) {
    return this.#known.get(key);
  }

  /** @param {string} key */
  want(key) {
    if (this.#known.has(key) || this.#asked.has(key)) return;
    this.#wanted.add(key);
    this.#timer ||= Number(setTimeout(() => void this.#ask(), GATHER_MS));
  }

  /** The row went out of sight before anyone asked. @param {string} key */
  forget(key) {
    this.#wanted.delete(key);
  }

  async #ask() {
    const keys = [...this.#wanted].slice(0, MOST);
    this.#asked = new Set(keys);
    for (const key of keys) this.#wanted.delete(key);
    try {
      const { outlines } = keys.length ? await this.#load(keys) : { outlines: {} };
      for (const key of keys) this.#keep(key, outlines[key] ?? "");
    } catch {
      // the rows work without their pictures; they are asked for when they come into sight again
    }
    this.#asked.clear();
    this.#timer = this.#wanted.size ? Number(setTimeout(() => void this.#ask(), GATHER_MS)) : 0;
  }

  /** @param {string} key @param {string} outline */
  #keep(key, outline) {
    this.#known.set(key, outline);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
    this.emit(key);
  }
}
