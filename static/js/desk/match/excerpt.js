import { Emitter } from "../../core/events.js";
import * as api from "../../server/api.js";

/** @import { Values } from "../../core/types.js" */
/** @import { Spot } from "../../server/api.js" */

const WAIT_MS = 150;

/**
 * Ten seconds of a match, rendered anew a moment after the values changed. The last one stays until the next is there.
 *
 * @extends {Emitter<{ change: [], failed: [unknown] }>}
 */
export class Excerpt extends Emitter {
  /** Null while the values are those of the track. @type {Spot | null} */
  spot = null;
  working = false;
  #count = 0;
  #timer = 0;
  /** @type {AbortController | null} */
  #asking = null;

  /** Names the sound of the excerpt as `track:ID` names a track's. */
  get key() {
    return `spot:${this.#count}`;
  }

  /** @type {ReadonlyMap<string, Spot>} */
  get pieces() {
    return new Map(this.spot ? [[this.key, this.spot]] : []);
  }

  /**
   * @param {object} wanted
   * @param {Values} wanted.params of `/match`
   * @param {readonly string[]} wanted.keys of the sounds whose rates it must hold
   * @param {number} wanted.from_s
   * @param {number | null} wanted.own_lufs
   */
  render(wanted) {
    this.callOff();
    this.working = true;
    this.#timer = window.setTimeout(() => void this.#ask(wanted), WAIT_MS);
    this.emit("change");
  }

  callOff() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
    this.working = false;
  }

  drop() {
    this.callOff();
    this.spot = null;
    this.emit("change");
  }

  /** @param {Parameters<Excerpt["render"]>[0]} wanted */
  async #ask({ keys, ...body }) {
    const asking = (this.#asking = new AbortController());
    try {
      const rates = await Promise.all(keys.map(async (key) => (await api.sound(key)).rate_hz));
      const spot = await api.matchSpot({ ...body, rate_hz: Math.max(8000, ...rates) }, asking.signal);
      if (this.#asking !== asking) return;
      this.#count += 1;
      this.spot = spot;
    } catch (error) {
      if (this.#asking === asking) this.emit("failed", error);
    } finally {
      if (this.#asking === asking) {
        this.#asking = null;
        this.working = false;
        this.emit("change");
      }
    }
  }
}
