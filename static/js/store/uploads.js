import { Emitter } from "../core/events.js";
import * as api from "../server/api.js";

/** @import { ErrorBody, Upload } from "../core/types.js" */
/** @typedef {{ name: string, share: number }} Sending a file on its way, `share` 0..1 */

/**
 * Sounds and scripts that the user brought: those on the server, and those on their way.
 *
 * @extends {Emitter<{ change: [], refused: [ErrorBody], noted: [Upload] }>}
 */
export class Uploads extends Emitter {
  /** @type {readonly Upload[]} newest first */
  rows = [];
  /** @type {readonly Sending[]} */
  sending = [];

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

  /** Asks the server again. */
  async refresh() {
    try {
      this.rows = (await api.uploads()).uploads;
      this.emit("change");
    } catch (error) {
      this.emit("refused", api.bodyOf(error));
    }
  }

  /** @param {File} file @returns {Promise<Upload | null>} null when it was refused; listeners hear why */
  async send(file) {
    try {
      return await this.bring(file);
    } catch (error) {
      this.emit("refused", api.bodyOf(error));
      return null;
    }
  }

  /** Raises what the request raises. @param {File} file @returns {Promise<Upload>} */
  async bring(file) {
    let sending = { name: file.name, share: 0 };
    const put = (/** @type {Sending | null} */ next) => {
      this.sending = this.sending.flatMap((other) => (other === sending ? (next ? [next] : []) : [other]));
      if (next) sending = next;
      this.emit("change");
    };
    this.sending = [...this.sending, sending];
    this.emit("change");
    try {
      const row = await api.upload(file, (share) => put({ name: file.name, share }));
      this.rows = [row, ...this.rows.filter((other) => other.key !== row.key)];
      if (row.source_note?.length) this.emit("noted", row);
      return row;
    } finally {
      put(null);
    }
  }
}
