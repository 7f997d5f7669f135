import { Emitter } from "../core/events.js";

/** @import { Search, TrackRow } from "../core/types.js" */
/** @typedef {(search: Search) => Promise<{ tracks: TrackRow[], total: number }>} Load */

export const PAGE = 100;

/**
 * A long list of which only pages are known: those that someone looked at. Raises nothing; what cannot be loaded is
 * emitted as `failed` and asked for again when it is wanted again.
 *
 * @extends {Emitter<{ change: [], failed: [unknown] }>}
 */
export class Shelf extends Emitter {
  total = 0;
  /** The first answer has come. */
  known = false;
  /** @type {Search} */
  search = {};
  /** @type {Map<number, readonly TrackRow[]>} page number -> its rows */
  #pages = new Map();
  /** @type {Set<number>} */
  #asked = new Set();
  /** Answers to an older search are not listened to. */
  #turn = 0;
  /** The pages that were wanted last: those in sight. @type {readonly number[]} */
  #wanted = [0];
  #load;

  /** @param {Load} load */
  constructor(load) {
    super();
    this.#load = load;
  }

  /** @param {Search} search */
  find(search) {
    this.search = search;
    this.known = false;
    this.#pages = new Map();
    this.#wanted = [0];
    this.refresh();
  }

  /** What is known may have changed: it is asked for again, and shown until the answer comes. */
  refresh() {
    this.#turn += 1;
    this.#asked = new Set();
    for (const page of this.#pages.keys()) if (!this.#wanted.includes(page)) this.#pages.delete(page);
    for (const page of this.#wanted) void this.#ask(page);
  }

  /** @param {number} at place in the whole list */
  row(at) {
    return this.#pages.get(Math.floor(at / PAGE))?.[at % PAGE];
  }

  /** Rows from `first` up to `last` are wanted soon. @param {number} first @param {number} last */
  want(first, last) {
    const from = Math.floor(first / PAGE);
    this.#wanted = Array.from({ length: Math.floor(Math.max(first, last - 1) / PAGE) - from + 1 }, (_, at) => from + at);
    for (const page of this.#wanted) if (!this.#pages.has(page) && !this.#asked.has(page)) void this.#ask(page);
  }

  /**
   * A track is marked otherwise than before; why it was found stays as it was.
   *
   * @param {TrackRow} row
   * @returns {boolean} false where it is not among the known rows: the list may have become another
   */
  keep(row) {
    for (const [page, rows] of this.#pages) {
      if (!rows.some((other) => other.id === row.id)) continue;
      this.#pages.set(
        page,
        rows.map((other) => (other.id === row.id ? { ...other, ...row } : other)),
      );
      this.emit("change");
      return true;
    }
    return false;
  }

  /** @param {number} page */
  async #ask(page) {
    const turn = this.#turn;
    this.#asked.add(page);
    try {
      const { tracks, total } = await this.#load({ ...this.search, offset: page * PAGE, limit: PAGE });
      if (turn !== this.#turn) return;
      this.#pages.set(page, tracks);
      this.total = total;
      this.known = true;
      this.emit("change");
    } catch (error) {
      if (turn !== this.#turn) return;
      if (!this.#pages.size) Object.assign(this, { total: 0, known: true });
      this.emit("change");
      this.emit("failed", error);
    } finally {
      if (turn === this.#turn) this.#asked.delete(page);
    }
  }
}
