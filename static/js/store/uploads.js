import { Emitter } from "../core/events.js";
import * as api from "../server/api.js";
import { arrived, giveUp, SHORT_BYTES, Uploader } from "../server/uploading.js";
import { BegunUploads, fingerprintOf } from "./begun-uploads.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @import { ErrorBody, Upload } from "../core/types.js" */
/** @import { Begun } from "../server/uploading.js" */
/** @import { BegunUpload } from "./begun-uploads.js" */

/**
 * A file on its way. `share` 0..1 of it has arrived; `since`: so much had when it was gone on with.
 *
 * @typedef {{ name: string, share: number, since: number, cancel: () => void }} Sending
 */
/** An upload that was broken off. @typedef {{ fingerprint: string, name: string, share: number, discard: () => void }} Halted */

/**
 * Sounds and scripts that the user brought: those on the server and those on their way. `halted` tells of one that was
 * broken off and may be gone on with, `over` that it was gone on with, or given up.
 *
 * @extends {Emitter<{ change: [], refused: [ErrorBody], noted: [Upload], halted: [Halted], over: [fingerprint: string] }>}
 */
export class Uploads extends Emitter {
  /** @type {readonly Upload[]} newest first */
  rows = [];
  /** @type {readonly Sending[]} */
  sending = [];
  #begun;
  #uploader = new Uploader();
  /** Fingerprints of files that this page has met. @type {Set<string>} */
  #looked = new Set();

  /** @param {TextStorage} storage */
  constructor(storage) {
    super();
    this.#begun = new BegunUploads(storage);
  }

  get sounds() {
    return this.rows.filter(({ kind }) => kind !== "script");
  }

  get scripts() {
    return this.rows.filter(({ kind }) => kind === "script");
  }

  /** @param {string} key `upload:ID` */
  row(key) {
    return this.rows.find((row) => row.key === key);
  }

  /** How things stand at the server. @param {string | null} bucket origin of the one that files may go to past it */
  reset(bucket) {
    this.#uploader.bucket = bucket;
    for (const [fingerprint, begun] of Object.entries(this.#begun.all)) {
      if (!this.#looked.has(fingerprint)) void this.#look(fingerprint, begun).catch(() => {}); // asked again at the next connect
    }
  }

  /** Asks the server again. */
  async refresh() {
    try {
      this.rows = (await api.uploads()).uploads;
      this.emit("change");
    } catch (error) {
      this.emit("refused", api.bodyOf(error));
    }
  }

  /** @param {File} file @returns {Promise<Upload | null>} null when it was canceled or refused; listeners hear why */
  async send(file) {
    try {
      return await this.bring(file);
    } catch (error) {
      if (!isCanceled(error)) this.emit("refused", api.bodyOf(error));
      return null;
    }
  }

  /** Raises what the request raises, AbortError when the user called it off. @param {File} file @returns {Promise<Upload>} */
  async bring(file) {
    const stop = new AbortController();
    /** @type {Sending} */
    let sending = { name: file.name, share: 0, since: 0, cancel: () => stop.abort() };
    const put = (/** @type {Partial<Sending> | null} */ change) => {
      const next = change && { ...sending, ...change };
      this.sending = this.sending.flatMap((other) => (other === sending ? (next ? [next] : []) : [other]));
      if (next) sending = next;
      this.emit("change");
    };
    this.sending = [...this.sending, sending];
    this.emit("change");
    let fingerprint = "";
    /** @type {Begun | null} */
    let begun = null;
    let resumes = false;
    const progress = (/** @type {number} */ share) => {
      put(resumes ? { share, since: share } : { share });
      resumes = false;
    };
    const keep = (/** @type {Begun} */ found) => {
      begun = found;
      resumes = false;
      if (fingerprint) this.#begun.keep(fingerprint, { ...found, name: file.name, size: file.size, at: Date.now() });
    };
    try {
      if (file.size > SHORT_BYTES) fingerprint = await fingerprintOf(file);
      begun = this.#begun.find(fingerprint);
      resumes = begun !== null;
      this.#meet(fingerprint);
      const row = await this.#uploader.bring(file, { stop, progress, begun, keep });
      this.#begun.forget(fingerprint);
      this.rows = [row, ...this.rows.filter((other) => other.key !== row.key)];
      if (row.source_note?.length) this.emit("noted", row);
      return row;
    } catch (error) {
      const known = this.#begun.find(fingerprint);
      this.#looked.delete(fingerprint);
      if (begun && isFinal(error)) void this.#discard(fingerprint, begun);
      else if (known) void this.#look(fingerprint, known).catch(() => {});
      throw error;
    } finally {
      put(null);
    }
  }

  /** @param {string} fingerprint @param {Begun} begun */
  async #discard(fingerprint, begun) {
    this.#meet(fingerprint);
    this.#begun.forget(fingerprint);
    await giveUp(begun).catch(() => {}); // the server forgets it by itself, a day later
  }

  /** What has become of it. @param {string} fingerprint @param {BegunUpload} begun */
  async #look(fingerprint, begun) {
    const parts = await arrived(begun);
    if (this.#looked.has(fingerprint)) return; // it is gone on with since
    if (!parts) return this.#begun.forget(fingerprint);
    this.#looked.add(fingerprint);
    const share = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0) / begun.size;
    this.emit("halted", { fingerprint, name: begun.name, share, discard: () => void this.#discard(fingerprint, begun) });
  }

  /** @param {string} fingerprint */
  #meet(fingerprint) {
    this.#looked.add(fingerprint);
    this.emit("over", fingerprint);
  }
}

/** @param {unknown} error whether the user called it off */
export const isCanceled = (error) => error instanceof DOMException && error.name === "AbortError";

/** Whether to go on with it makes no sense. @param {unknown} error */
const isFinal = (error) =>
  isCanceled(error) || (error instanceof api.Refusal && error.status < 500 && ![401, 403, 429].includes(error.status));
