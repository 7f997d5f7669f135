import { Emitter } from "../core/events.js";
import * as api from "../server/api.js";

/** @import { ServerState, TrackRow } from "../core/types.js" */

/**
 * The part of the server's library that the page knows: its newest end, as far as someone looked.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Tracks extends Emitter {
  /** @type {readonly TrackRow[]} newest first */
  rows = [];
  total = 0;
  /** @type {ReadonlySet<string>} ids that are no longer there */
  gone = new Set();
  /** @type {Map<string, TrackRow>} */
  #byId = new Map();

  /** @param {string} id */
  row(id) {
    return this.#byId.get(id);
  }

  /**
   * Starts again from the server's word.
   *
   * @param {ServerState} state
   * @param {Iterable<string>} named ids that the chat links to
   */
  async reset(state, named) {
    this.#put(state.tracks, state.track_total);
    const unsure = [...new Set(named)].filter((id) => !this.row(id));
    const complete = state.track_total <= state.tracks.length;
    this.gone = new Set(unsure.filter((id) => complete || this.gone.has(id)));
    this.emit("change");
    await this.missing(unsure);
  }

  /** Which of these are no longer there. @param {Iterable<string>} named ids */
  async missing(named) {
    const unsure = [...named].filter((id) => !this.row(id));
    const complete = this.total <= this.rows.length;
    for (const id of unsure) {
      if (!this.gone.has(id) && (complete || !(await exists(id)))) this.drop([id]);
    }
    return unsure.filter((id) => this.gone.has(id));
  }

  /** A track is new, or is marked otherwise than before. @param {TrackRow} row */
  keep(row) {
    const others = this.rows.filter((other) => other.id !== row.id);
    const rows = [...others, row].sort((a, b) => b.created_at - a.created_at);
    this.#put(rows, this.total + rows.length - this.rows.length);
    this.gone = new Set([...this.gone].filter((id) => id !== row.id));
    this.emit("change");
  }

  /** @param {readonly string[]} ids */
  drop(ids) {
    const lost = new Set(ids);
    const others = this.rows.filter((row) => !lost.has(row.id));
    this.#put(others, this.total - (this.rows.length - others.length));
    this.gone = new Set([...this.gone, ...ids]);
    this.emit("change");
  }

  /**
   * The track beside another one in the order of the library. Raises what the request raises.
   *
   * @param {string} id
   * @param {1 | -1} step 1 is the next older one
   * @returns {Promise<TrackRow | undefined>}
   */
  async neighbour(id, step) {
    const at = this.rows.findIndex((row) => row.id === id) + step;
    if (at >= this.rows.length && this.rows.length < this.total) await this.older();
    return this.rows[at];
  }

  /** Reads on where the known rows end. Raises what the request raises. */
  async older() {
    const { tracks, total } = await api.tracks({ offset: this.rows.length, limit: 200 });
    this.#put([...this.rows, ...tracks.filter((row) => !this.row(row.id))], total);
    this.emit("change");
  }

  /** @param {readonly TrackRow[]} rows @param {number} total */
  #put(rows, total) {
    this.rows = rows;
    this.total = total;
    this.#byId = new Map(rows.map((row) => [row.id, row]));
  }
}

/** Whether the server has the track; one that cannot be asked for now counts as there. @param {string} id */
async function exists(id) {
  try {
    await api.track(id);
    return true;
  } catch (error) {
    return !(error instanceof api.Refusal && error.status === 404);
  }
}
