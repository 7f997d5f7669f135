import { Emitter } from "../core/events.js";
import * as api from "../server/api.js";

/** @import { Tracks } from "./tracks.js" */
/** @import { Uploads } from "./uploads.js" */

/**
 * What the sounds are called that parameters name by their keys: `track:ID`, `upload:ID`.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Sounds extends Emitter {
  /** Sounds beyond what the page knows: undefined while the server is asked, null when it has none. @type {Map<string, string | null | undefined>} */
  #asked = new Map();

  /** @param {Tracks} tracks @param {Uploads} uploads */
  constructor(tracks, uploads) {
    super();
    this.tracks = tracks;
    this.uploads = uploads;
  }

  /** @param {string} key @returns {string | null | undefined} undefined until it is known, null when there is no such sound */
  title(key) {
    const id = key.replace(/^\w+:/, "");
    const known = key.startsWith("track:") ? this.tracks.row(id)?.title : this.uploads.row(key)?.name;
    if (known) return known;
    if (this.tracks.gone.has(id)) return null;
    if (!this.#asked.has(key)) void this.#ask(key, id);
    return this.#asked.get(key);
  }

  /** @param {string} key @param {string} id */
  async #ask(key, id) {
    this.#asked.set(key, undefined);
    try {
      this.#asked.set(key, key.startsWith("track:") ? (await api.track(id)).title : (await api.uploaded(id)).name);
    } catch (error) {
      if (error instanceof api.Refusal && error.status === 404) this.#asked.set(key, null);
      else this.#asked.delete(key);
      if (!this.#asked.has(key)) return; // asked again with the next change
    }
    this.emit("change");
  }
}
