import * as api from "./api.js";
import { Emitter } from "./events.js";

/** @import { ServerState, TrackRow } from "./types.js" */

/**
 * The part of the server's library that the page knows.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Tracks extends Emitter {
  /** @type {readonly TrackRow[]} newest first */
  rows = [];
  total = 0;
  /** @type {ReadonlySet<string>} ids that are no longer there */
  gone = new Set();

  /** @param {string} id */
  row(id) {
    return this.rows.find((row) => row.id === id);
  }

  /**
   * Starts again from the server's word.
   *
   * @param {ServerState} state
   * @param {Iterable<string>} named ids that the chat links to
   */
  async reset(state, named) {
    this.rows = state.tracks;
    this.total = state.track_total;
    const unsure = [...new Set(named)].filter((id) => !this.row(id));
    const complete = state.track_total <= state.tracks.length;
    this.gone = new Set(unsure.filter((id) => complete || this.gone.has(id)));
    this.emit("change");
    for (const id of unsure) {
      if (!this.gone.has(id) && !(await exists(id))) this.drop(id);
    }
  }

  /** A track is new, or is marked otherwise than before. @param {TrackRow} row */
  keep(row) {
    const others = this.rows.filter((other) => other.id !== row.id);
    if (others.length === this.rows.length) this.total += 1;
    this.rows = [...others, row].sort((a, b) => b.created_at - a.created_at);
    this.gone = new Set([...this.gone].filter((id) => id !== row.id));
    this.emit("change");
  }

  /** @param {string} id */
  drop(id) {
    const others = this.rows.filter((row) => row.id !== id);
    if (others.length < this.rows.length) this.total -= 1;
    this.rows = others;
    this.gone = new Set(this.gone).add(id);
    this.emit("change");
  }

  /** Reads on where the known rows end. Raises what the request raises. */
  async older() {
    const last = this.rows.at(-1);
    if (!last) return;
    const { tracks, total } = await api.tracks(last.created_at);
    this.rows = [...this.rows, ...tracks.filter((row) => !this.row(row.id))];
    this.total = total;
    this.emit("change");
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
