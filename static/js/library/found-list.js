import { playableTrack, trackId } from "../store/playable.js";

/** @import { Search } from "../core/types.js" */
/** @import { List } from "../store/playable.js" */
/** @import { Load } from "./shelf.js" */

/** Rows asked for on either side: a list may have grown or shrunk by some since it was read. */
const AROUND = 10;

/**
 * What a search found, in its order, asked of the server as it is walked along: it may be longer than anyone read.
 *
 * @implements {List}
 */
export class FoundList {
  name = "library";
  plays_on = true;
  #search;
  #load;
  #place;

  /** @param {Search} search @param {number} place of the track it is entered at @param {Load} load */
  constructor(search, place, load) {
    this.#search = search;
    this.#place = place;
    this.#load = load;
  }

  /** @type {List["beside"]} */
  async beside(sound, step) {
    const offset = Math.max(0, this.#place - AROUND);
    const { tracks } = await this.#load({ ...this.#search, offset, limit: 2 * AROUND + 1 });
    const at = tracks.findIndex(({ id }) => id === trackId(sound));
    if (at < 0) return null;
    this.#place = offset + at;
    const row = tracks[at + step];
    return row ? playableTrack(row) : null;
  }
}
