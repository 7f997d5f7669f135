import { Stored } from "../../core/stored.js";

/** @import { TextStorage } from "../../core/storage.js" */
/** @import { Edit } from "./edits.js" */
/**
 * What a track's drama was changed by and is not rendered yet.
 *
 * @typedef {object} Kept
 * @property {readonly Edit[]} edits
 * @property {readonly Edit[]} undone the last one is done again first
 * @property {string} [sent] key of the script that was rendered with just these edits
 * @property {number} at when it was changed last, unix ms
 */

export const KEY = "drama_drafts_v1";
const MOST_TRACKS = 20;
/** @type {Kept} */
export const NOTHING = { edits: [], undone: [], at: 0 };

/** Changes of dramas by their track, kept in this browser until they are rendered. */
export class Drafts extends Stored {
  /** @type {Record<string, Kept>} */
  #kept = {};

  /** @param {TextStorage} storage */
  constructor(storage) {
    super(storage, KEY);
    this.reload();
  }

  /** Reads what is stored: at the start, and when another tab wrote. */
  reload() {
    this.#kept = this.stored({});
    this.emit("change");
  }

  /** @param {string} id of the track */
  of(id) {
    return this.#kept[id] ?? NOTHING;
  }

  /**
   * Keeps the changes of a track; with too many tracks, those that were changed longest ago go.
   *
   * @param {string} id
   * @param {Kept} kept
   * @returns {boolean} false when the browser has no space: what is kept ends with this visit
   */
  keep(id, kept) {
    const { [id]: _before, ...others } = this.#kept;
    const rest = Object.entries(others).sort(([, one], [, other]) => other.at - one.at).slice(0, MOST_TRACKS - 1);
    const some = kept.edits.length || kept.undone.length;
    this.#kept = Object.fromEntries(some ? [[id, kept], ...rest] : rest);
    const stored = this.store(this.#kept);
    this.emit("change");
    return stored;
  }
}
