import { Emitter } from "../core/events.js";
import { read, write } from "../core/storage.js";
import * as api from "../server/api.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @import { ErrorBody, Peaks, TrackRecord } from "../core/types.js" */

const KEY = "card_v1";

/**
 * The track that the page shows, read from the server when it is opened. `missing` says that the server has no such
 * track, `refused` why it cannot be shown, `show` that a part of the card is to be brought into sight.
 *
 * @extends {Emitter<{ change: [], missing: [id: string], refused: [ErrorBody], show: [part: "stems"] }>}
 */
export class Card extends Emitter {
  /** Empty while no track is shown. */
  id = "";
  /** Null until it is read. @type {TrackRecord | null} */
  record = null;
  /** @type {Peaks | null} */
  peaks = null;
  /** Something on the card was changed since it was opened: it is being worked on. */
  touched = false;
  #storage;

  /** @param {TextStorage} storage */
  constructor(storage) {
    super();
    this.#storage = storage;
  }

  /** The track that was shown when the page was left. */
  get last() {
    return read(this.#storage, KEY, "");
  }

  /** @param {string} id */
  async open(id) {
    if (this.id === id) return;
    this.#show(id);
    try {
      const record = await api.track(id);
      const peaks = await api.peaks(id).catch((error) => (this.emit("refused", api.bodyOf(error)), null));
      if (this.id === id) this.#show(id, record, peaks);
    } catch (error) {
      if (error instanceof api.Refusal && error.status === 404) this.emit("missing", id);
      else if (this.id === id) this.close();
      this.emit("refused", api.bodyOf(error));
    }
  }

  /** Reads the record again, where it is this track's: it was renamed or marked, or a follow-up got on. @param {string} id */
  async refresh(id) {
    if (this.id !== id) return;
    try {
      const record = await api.track(id);
      if (this.id === id) this.record = record;
      this.emit("change");
    } catch (error) {
      if (!(error instanceof api.Refusal && error.status === 404)) this.emit("refused", api.bodyOf(error));
    }
  }

  close() {
    this.#show("");
  }

  /** Something on the card was changed. */
  touch() {
    this.touched = true;
  }

  /** @param {"stems"} part */
  show(part) {
    this.emit("show", part);
  }

  /** @param {string} id @param {TrackRecord | null} [record] @param {Peaks | null} [peaks] */
  #show(id, record = null, peaks = null) {
    if (this.id !== id) this.touched = false;
    this.id = id;
    this.record = record;
    this.peaks = peaks;
    write(this.#storage, KEY, id);
    this.emit("change");
  }
}
