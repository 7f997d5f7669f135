import { Emitter } from "../core/events.js";

/** @import { Peaks } from "../core/types.js" */
/** @typedef {(from_s: number, to_s: number, points: number, signal: AbortSignal) => Promise<Peaks>} LoadPeaks */
/** @typedef {{ from_s: number, to_s: number, high: number[], low: number[] }} Tile */

/** Into how many pieces each doubling of the zoom parts the track, and how many points a piece has. */
const PIECES = 4;
const POINTS = 500;
/** Longer views are drawn from the peaks of the whole: nobody decodes hours of sound for a picture. */
export const LONGEST_FINE_S = 900;
const TILES_KEPT = 48;

/**
 * Highest and lowest samples of a sound, as finely as they are wanted: those of the whole track are there from the
 * beginning, finer ones are fetched for what is looked at, piece by piece.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class PeakSource extends Emitter {
  /** @type {Map<string, Tile | null>} what was asked for; null until it comes */
  #tiles = new Map();
  #ended = new AbortController();

  /** @param {Peaks | null} whole @param {number} duration_s of the sound @param {LoadPeaks} load */
  constructor(whole, duration_s, load) {
    super();
    const [high = [], low = []] = whole?.peaks ?? [];
    /** @type {Tile} */
    this.whole = { from_s: 0, to_s: duration_s, high, low };
    this.duration_s = duration_s;
    this.load = load;
  }

  /** Ends what is asked for. */
  dispose() {
    this.#ended.abort();
    this.#tiles.clear();
  }

  /** The zoom's doubling at which each of `columns` of the view has a point of its own. @param {number} length_s @param {number} columns */
  level(length_s, columns) {
    const wanted = (columns * this.duration_s) / Math.max(length_s, 1e-9);
    if (wanted <= this.whole.high.length || length_s > LONGEST_FINE_S || !this.whole.high.length) return -1;
    return Math.max(0, Math.ceil(Math.log2(wanted / (PIECES * POINTS))));
  }

  /** Fetches what a view needs. @param {number} from_s @param {number} to_s @param {number} columns */
  want(from_s, to_s, columns) {
    const level = this.level(to_s - from_s, columns);
    if (level < 0) return;
    const count = PIECES * 2 ** level;
    const tile_s = this.duration_s / count;
    const first = Math.max(0, Math.floor(from_s / tile_s));
    const last = Math.min(count - 1, Math.floor((to_s - 1e-9) / tile_s));
    for (let at = first; at <= last; at++) void this.#fetch(`${level}:${at}`, at * tile_s, (at + 1) * tile_s);
  }

  /** The highest and the lowest sample of a stretch, from the finest peaks there are. @param {number} from_s @param {number} to_s @param {number} level as `level` says @returns {[number, number]} */
  between(from_s, to_s, level) {
    const { high, low, from_s: start_s, to_s: end_s } = this.#finest(from_s, level);
    const points = high.length / Math.max(end_s - start_s, 1e-9);
    const first = Math.max(0, Math.floor((from_s - start_s) * points + 1e-6));
    const last = Math.max(first + 1, Math.ceil((to_s - start_s) * points - 1e-6));
    let top = 0;
    let bottom = 0;
    for (let at = first; at < Math.min(last, high.length); at++) {
      top = Math.max(top, high[at] ?? 0);
      bottom = Math.min(bottom, low[at] ?? 0);
    }
    return [top, bottom];
  }

  /** The largest distance from zero. */
  get highest() {
    const { high, low } = this.whole;
    return Math.max(0, ...high, ...low.map((value) => -value));
  }

  /** @param {number} at_s @param {number} level */
  #finest(at_s, level) {
    for (let finer = level; finer >= 0; finer--) {
      const tile_s = this.duration_s / (PIECES * 2 ** finer);
      const tile = this.#tiles.get(`${finer}:${Math.floor(at_s / tile_s + 1e-9)}`);
      if (tile) return tile;
    }
    return this.whole;
  }

  /** @param {string} key @param {number} from_s @param {number} to_s */
  async #fetch(key, from_s, to_s) {
    if (this.#tiles.has(key)) return;
    this.#tiles.set(key, null);
    try {
      const { peaks } = await this.load(from_s, to_s, POINTS, this.#ended.signal);
      const [high = [], low = []] = peaks;
      this.#tiles.set(key, { from_s, to_s, high, low });
      const [oldest] = this.#tiles.keys();
      if (this.#tiles.size > TILES_KEPT && oldest !== undefined) this.#tiles.delete(oldest);
      this.emit("change");
    } catch {
      if (!this.#ended.signal.aborted) this.#tiles.delete(key); // asked for again with the next view
    }
  }
}
