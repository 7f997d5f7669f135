import { io } from "/static/vendor/socket.io-client/dist/socket.io.esm.min.js";
import { address } from "../core/address.js";
import { Emitter } from "../core/events.js";
import { i18n } from "../core/i18n.js";
import { reach } from "./api.js";

/** @import { Ack, ErrorBody, JobRow, Notice, ServerState, Tagging, TrackRow, Values } from "../core/types.js" */
/** `blocked`: the server answers, but lets no WebSocket through, or something before it. @typedef {"connecting" | "connected" | "lost" | "blocked"} Status */
/** What servers of a cluster work with. @typedef {"database" | "storage" | "broker"} Service */

const ANSWER_MS = 15_000;
const AGAIN_MS = 1_000;
/** After so many attempts in a row that failed while the server answers, it is not the server. */
const BLOCKED_AFTER = 3;

/** @returns {ErrorBody} */
export const noAnswer = () => ({
  code: "INTERRUPTED",
  message: i18n.t("ui.error.no_answer"),
  detail: { key: "ui.error.no_answer" },
});

/**
 * The socket to the server: its events, typed, and its requests. `refused`: the server lets nobody in, or somebody else,
 * and is asked again only when told so.
 *
 * @extends {Emitter<{
 *   status: [],
 *   refused: [],
 *   state: [ServerState],
 *   job: [JobRow],
 *   track: [TrackRow],
 *   track_removed: [{ ids: string[] }],
 *   queue: [{ paused: boolean }],
 *   tagging: [Tagging],
 *   notice: [Notice],
 *   away: [{ services: Service[] }],
 * }>}
 */
export class Connection extends Emitter {
  /** @type {Status} */
  status = "connecting";
  #socket;
  #failed = 0;

  /**
   * @param {string} [user] whose page this is, where there are accounts: nobody else's events come here
   * @param {boolean} [websocketOnly] each request may come to another server
   */
  constructor(user, websocketOnly = false) {
    super();
    const socket = (this.#socket = io({
      path: address("/socket.io/"),
      auth: (/** @type {(data: object) => void} */ give) => give({ language: i18n.language, user }),
      autoConnect: false,
      ...(websocketOnly && { transports: ["websocket"] }),
    }));
    socket.on("connect", () => {
      this.#failed = 0;
      this.#become("connected");
    });
    socket.on("disconnect", (/** @type {string} */ reason) => {
      if (this.status !== "blocked") this.#become("lost");
      if (reason === "io server disconnect") socket.connect();
    });
    socket.on("connect_error", () => {
      if (this.status !== "blocked") this.#become("lost");
      if (socket.active) return;
      if (user === undefined) setTimeout(() => this.open(), AGAIN_MS);
      else this.emit("refused");
    });
    socket.io.on("reconnect_attempt", () => void this.#look());
    socket.on("away", (/** @type {{ services: Service[] }} */ away) => this.emit("away", away));
    socket.on("state", (/** @type {ServerState} */ state) => this.emit("state", state));
    socket.on("job", (/** @type {JobRow} */ row) => this.emit("job", row));
    socket.on("track", (/** @type {TrackRow} */ row) => this.emit("track", row));
    socket.on("track_removed", (/** @type {{ ids: string[] }} */ gone) => this.emit("track_removed", gone));
    socket.on("queue", (/** @type {{ paused: boolean }} */ queue) => this.emit("queue", queue));
    socket.on("tagging", (/** @type {Tagging} */ tagging) => this.emit("tagging", tagging));
    socket.on("notice", (/** @type {Notice} */ notice) => this.emit("notice", notice));
  }

  open() {
    this.#socket.connect();
  }

  close() {
    this.#socket.removeAllListeners();
    this.#socket.disconnect();
  }

  /** @param {{ name: string, params: Values, text?: string, request_id: string, language: string, variation?: number[] }} command */
  command(command) {
    return this.#ask("command", command);
  }

  /** @param {string} job_id */
  cancel(job_id) {
    return this.#ask("cancel", { job_id });
  }

  /** @param {string} job_id */
  retry(job_id) {
    return this.#ask("retry", { job_id });
  }

  /** @param {string} job_id @param {number} position 1 is next */
  move(job_id, position) {
    return this.#ask("move", { job_id, position });
  }

  cancelWaiting() {
    return this.#ask("cancel_waiting", {});
  }

  /** @param {boolean} paused whether waiting jobs stay where they are */
  pause(paused) {
    return this.#ask("pause", { paused });
  }

  /** @param {{ batch_id: string, command: string, params: Values, field: string, sources: string[] }} request */
  batch(request) {
    return this.#ask("batch", { ...request, language: i18n.language });
  }

  /** @param {"cancel" | "retry" | "pause"} action @param {string} batch_id @param {object} [more] */
  ofBatch(action, batch_id, more = {}) {
    return this.#ask(`batch_${action}`, { batch_id, ...more });
  }

  /** Waits until the server is there. @returns {Promise<void>} */
  again() {
    if (this.status === "connected") return Promise.resolve();
    return new Promise((resolve) => {
      const end = this.on("status", () => {
        if (this.status !== "connected") return;
        end();
        resolve();
      });
    });
  }

  /** @param {string} event @param {object} payload @returns {Promise<Ack>} an error when no answer came */
  async #ask(event, payload) {
    if (this.status !== "connected") return { error: noAnswer() };
    try {
      return (await this.#socket.timeout(ANSWER_MS).emitWithAck(event, payload)) ?? {};
    } catch {
      return { error: noAnswer() };
    }
  }

  /** One attempt more: whether the server is there, and it is the socket alone that does not come about. */
  async #look() {
    if (++this.#failed <= BLOCKED_AFTER) return;
    const answers = await reach("/api/health").then(
      ({ ok }) => ok,
      () => false,
    );
    if (!this.#socket.connected) this.#become(answers ? "blocked" : "lost");
  }

  /** @param {Status} status */
  #become(status) {
    if (this.status === status) return;
    this.status = status;
    this.emit("status");
  }
}
