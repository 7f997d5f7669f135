import { Emitter } from "../core/events.js";
import { i18n } from "../core/i18n.js";
import { newId } from "../core/ids.js";
import { isSound } from "../core/sound-files.js";
import * as api from "../server/api.js";
import { fieldsOf, needsText } from "../server/schema.js";
import { isCanceled } from "./uploads.js";

/** @import { Ack, CommandInfo, ErrorBody, JobRow, Upload } from "../core/types.js" */
/** @import { App } from "./app.js" */
/** @typedef {{ rows: JobRow[], waiting: number, running: number, done: number, failed: number, canceled: number, progress: number, held: boolean }} Batch `progress` 0..1 over all files */

/** The parameter that a batch fills with one file after the other. */
const FIELD = "source";

/** The error without the name of the file, which stands before it already. @param {ErrorBody} error @returns {ErrorBody} */
function unnamed(error) {
  const { name: _name, ...values } = error.detail?.values ?? {};
  const bare = { ...error, detail: { ...error.detail, values } };
  return { ...bare, message: i18n.error(bare) };
}

/** Commands that do the same to each of many sounds. @param {readonly CommandInfo[]} commands */
export const batchable = (commands) =>
  commands.filter(
    (command) => !needsText(command) && fieldsOf(command).some(({ kind, name }) => kind === "audio" && name === FIELD),
  );

/**
 * A batch as it stands: its jobs in their order, how many are in which state, how far all are together.
 *
 * @param {Iterable<JobRow>} jobs
 * @param {string} batchId
 * @returns {Batch}
 */
export function batchOf(jobs, batchId) {
  const rows = [...jobs].filter((row) => row.batch_id === batchId);
  rows.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
  const count = (/** @type {JobRow["status"]} */ status) => rows.filter((row) => row.status === status).length;
  const isOpen = (/** @type {JobRow} */ row) => row.status === "PENDING" || row.status === "RUNNING";
  const share = rows.reduce((sum, row) => sum + (isOpen(row) ? row.progress : 1), 0);
  const waiting = rows.filter((row) => row.status === "PENDING");
  return {
    rows,
    waiting: waiting.length,
    running: count("RUNNING"),
    done: count("COMPLETED"),
    failed: count("FAILED"),
    canceled: count("CANCELED"),
    progress: rows.length ? share / rows.length : 0,
    held: waiting.length > 0 && waiting.every((row) => row.held),
  };
}

/**
 * What the page can do with batches: begin one from files, and what concerns all of its files.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Batches extends Emitter {
  /** Files that are still on their way to the server, by batch. @type {ReadonlyMap<string, number>} */
  coming = new Map();

  /** @param {App} app */
  constructor(app) {
    super();
    this.app = app;
    this.on("change", () => app.emit("change"));
  }

  /**
   * Brings the files to the server one after the other; each becomes a job as soon as it is there, with the settings
   * of the panel as they are now. One that is refused stands in the batch as failed, with its reason.
   *
   * @param {CommandInfo} command
   * @param {readonly File[]} files
   */
  async begin(command, files) {
    const { app } = this;
    const batch_id = newId();
    const { [FIELD]: _source, ...params } = app.settings.values(command);
    this.#expect(batch_id, files.length);
    for (const [number, file] of files.entries()) {
      const { row, error: refusal } = await this.#sent(file);
      if (!this.coming.has(batch_id)) return; // it was canceled meanwhile
      if (refusal) app.history.refuse(batch_id, command.name, { name: file.name, error: refusal }, Date.now() / 1000);
      this.#expect(batch_id, files.length - number - 1);
      if (!row) continue;
      const request = { batch_id, command: command.name, params, field: FIELD, sources: [row.key] };
      const { error } = await app.connection.batch(request);
      if (!error) continue;
      app.complain(error);
      if (error.code !== "INTERRUPTED") return this.#expect(batch_id, 0);
      await app.connection.again(); // sent once more when the server is back: no file is done twice
      this.#report(await app.connection.batch(request));
    }
  }

  /**
   * The file on the server, or why not. One that found no server goes once more when it is back.
   *
   * @param {File} file
   * @returns {Promise<{ row?: Upload, error?: ErrorBody }>}
   */
  async #sent(file) {
    const { connection, uploads } = this.app;
    if (!isSound(file)) return { error: unnamed({ code: "UNSUPPORTED_AUDIO", message: "", detail: { key: "error.not_audio" } }) };
    try {
      return { row: await uploads.bring(file) };
    } catch (error) {
      if (isCanceled(error)) return {};
      if (connection.status === "connected") return { error: unnamed(api.bodyOf(error)) };
    }
    await connection.again();
    const refused = (/** @type {unknown} */ error) => (isCanceled(error) ? {} : { error: unnamed(api.bodyOf(error)) });
    return uploads.bring(file).then((row) => ({ row }), refused);
  }

  /** @param {string} batchId */
  async cancel(batchId) {
    this.#expect(batchId, 0);
    this.#report(await this.app.connection.ofBatch("cancel", batchId));
  }

  /** Everything that failed is tried once more. @param {string} batchId */
  async retry(batchId) {
    this.#report(await this.app.connection.ofBatch("retry", batchId));
  }

  /** @param {string} batchId @param {boolean} paused whether its waiting files stay where they are */
  async pause(batchId, paused) {
    this.#report(await this.app.connection.ofBatch("pause", batchId, { paused }));
    this.app.emit("announce", i18n.t(paused ? "ui.announce.held" : "ui.announce.continued"));
  }

  /** @param {string} jobId */
  async retryOne(jobId) {
    this.#report(await this.app.connection.retry(jobId));
  }

  /** Jobs that this page does not know, where the batch is older than the page. @param {string} batchId */
  async recall(batchId) {
    const { jobs } = await api.batch(batchId).catch(() => ({ jobs: [] }));
    this.app.jobs.remember(jobs);
  }

  /** @param {string} batchId @param {number} files */
  #expect(batchId, files) {
    const coming = new Map(this.coming);
    if (files > 0) coming.set(batchId, files);
    else coming.delete(batchId);
    this.coming = coming;
    this.emit("change");
  }

  /** @param {Ack} answer */
  #report({ error }) {
    if (error) this.app.complain(error);
  }
}
