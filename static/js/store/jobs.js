import { Emitter } from "../core/events.js";
import { i18n } from "../core/i18n.js";
import { isAside } from "./messages.js";

/** @import { Ack, ErrorBody, JobRow, Values } from "../core/types.js" */
/** @import { Connection } from "../server/connection.js" */

/** Their turns, the next first, as the server has them. @param {JobRow} a @param {JobRow} b */
const byTurn = (a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1);

/**
 * The rows with the places of those that wait: each of these follows from the ranks of all, so that a job that is moved
 * is news of that job alone.
 *
 * @param {Map<string, JobRow>} rows
 */
function placed(rows) {
  const waiting = [...rows.values()].filter((row) => row.status === "PENDING").sort(byTurn);
  for (const [at, row] of waiting.entries()) {
    if (row.position !== at + 1) rows.set(row.id, { ...row, position: at + 1 });
  }
  return rows;
}

/**
 * The server's jobs as the page knows them, and what can be asked of its queue.
 *
 * @extends {Emitter<{ change: [], announce: [string], refused: [ErrorBody] }>}
 */
export class Jobs extends Emitter {
  /** @type {ReadonlyMap<string, JobRow>} */
  rows = new Map();
  /** Waiting jobs are held back. */
  paused = false;
  /** @type {ReadonlySet<string>} jobs that were asked to stop */
  stopping = new Set();
  /** What was asked for last. @type {{ command: string, params: Values } | null} */
  lastRun = null;
  #connection;

  /** @param {Connection} connection */
  constructor(connection) {
    super();
    this.#connection = connection;
    connection.on("queue", ({ paused }) => this.#hold(paused));
  }

  /** @param {string | null} id */
  get(id) {
    return this.rows.get(id ?? "");
  }

  /** Jobs that have not ended, in the order in which they run. */
  get queue() {
    const open = [...this.rows.values()].filter((row) => row.status === "RUNNING" || row.status === "PENDING");
    const place = (/** @type {JobRow} */ row) => (row.status === "RUNNING" ? 0 : (row.position ?? Infinity));
    return open.sort((a, b) => place(a) - place(b) || a.created_at - b.created_at);
  }

  /** Starts again from the server's word. @param {{ jobs: JobRow[], paused: boolean, last_run: Jobs["lastRun"] }} state */
  reset({ jobs, paused, last_run }) {
    this.rows = placed(new Map(jobs.map((row) => [row.id, row])));
    this.stopping = new Set();
    this.paused = paused;
    this.lastRun = last_run;
  }

  /** Jobs that the server's state left out, being long over. @param {readonly JobRow[]} rows */
  remember(rows) {
    this.rows = new Map([...rows.map((row) => /** @type {const} */ ([row.id, row])), ...this.rows]);
    this.emit("change");
  }

  /** A job is new or got on. @param {JobRow} row @returns {boolean} it entered another status */
  put(row) {
    const before = this.rows.get(row.id)?.status;
    const rows = new Map(this.rows).set(row.id, row);
    if (!before && !isAside(row)) this.lastRun = { command: row.command, params: row.params };
    this.rows = row.status === "PENDING" || before === "PENDING" ? placed(rows) : rows;
    if (row.status !== "PENDING" && row.status !== "RUNNING") this.#stopping(row.id, false);
    return before !== row.status;
  }

  /** @param {string} jobId */
  async cancel(jobId) {
    this.#stopping(jobId, true);
    const answer = await this.#connection.cancel(jobId);
    if (!answer.error) return;
    this.#stopping(jobId, false);
    this.#report(answer);
  }

  /** @param {string} jobId @param {number} position 1 is next */
  async move(jobId, position) {
    this.#report(await this.#connection.move(jobId, position));
    this.emit("announce", i18n.t("ui.announce.moved", { position }));
  }

  /** Every waiting job leaves the queue; running ones go on. */
  async cancelWaiting() {
    this.#report(await this.#connection.cancelWaiting());
  }

  /** Holds waiting jobs back, or lets them go on. @param {boolean} paused */
  async pause(paused) {
    this.#report(await this.#connection.pause(paused));
  }

  /** Holds the queue back and cancels what runs. */
  async stopNow() {
    await this.pause(true);
    await Promise.all(this.queue.filter((row) => row.status === "RUNNING").map((row) => this.cancel(row.id)));
  }

  /** @param {boolean} paused */
  #hold(paused) {
    this.paused = paused;
    this.emit("announce", i18n.t(paused ? "ui.announce.held" : "ui.announce.continued"));
    this.emit("change");
  }

  /** @param {string} jobId @param {boolean} yes */
  #stopping(jobId, yes) {
    if (this.stopping.has(jobId) === yes) return;
    const stopping = new Set(this.stopping);
    if (yes) stopping.add(jobId);
    else stopping.delete(jobId);
    this.stopping = stopping;
    this.emit("change");
  }

  /** @param {Ack} answer */
  #report({ error }) {
    if (error) this.emit("refused", error);
  }
}
