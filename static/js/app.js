import * as api from "./api.js";
import { noAnswer } from "./connection.js";
import { Emitter } from "./events.js";
import { i18n } from "./i18n.js";
import { again, addressed } from "./schema.js";
import { read, write } from "./storage.js";
import { Tracks } from "./tracks.js";

/** @import { Connection } from "./connection.js" */
/** @import { History, Message } from "./history.js" */
/** @import { Wishes } from "./wishes.js" */
/** @import { ErrorBody, JobRow, Notice, Peaks, ServerState, TrackRecord, TrackRow, Values } from "./types.js" */

/** @typedef {{ id: string, record: TrackRecord | null, peaks: Peaks | null }} Card */
/** @typedef {{ name: string, params: Values, text?: string, shown: string }} Request */

const CARD_KEY = "card_v1";

/** One of its kind, also where the page is not served from this computer and `randomUUID` is missing. */
function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What the page knows and can do. Components draw it and call its deeds; the server's word is never guessed.
 *
 * @extends {Emitter<{ change: [], announce: [string], notice: [Notice], opened: [] }>}
 */
export class App extends Emitter {
  /** @type {ReadonlyMap<string, JobRow>} */
  jobs = new Map();
  tracks = new Tracks();
  /** @type {ServerState["last_run"]} */
  lastRun = null;
  version = "";
  /** @type {Card | null} */
  card = null;
  /** A prompt is on its way and not yet acknowledged. */
  sending = false;
  playing = false;
  /** @type {ReadonlySet<string>} jobs that were asked to stop */
  stopping = new Set();
  /** Requests of this page: their tracks open by themselves. */
  #own = new Set();

  /** @param {Connection} connection @param {History} history @param {Wishes} wishes @param {Storage} storage */
  constructor(connection, history, wishes, storage) {
    super();
    this.connection = connection;
    this.history = history;
    this.wishes = wishes;
    this.storage = storage;
    const changed = () => this.emit("change");
    connection.on("status", changed);
    history.on("change", changed);
    wishes.on("change", changed);
    this.tracks.on("change", changed);
    connection.on("state", (state) => this.#reconcile(state));
    connection.on("job", (row) => this.#followJob(row));
    connection.on("track", (row) => this.#keepTrack(row));
    connection.on("track_removed", ({ id }) => this.#dropTrack(id));
    connection.on("notice", (notice) => this.emit("notice", notice));
  }

  get connected() {
    return this.connection.status === "connected";
  }

  /** Sends what was typed, with the settings of its command. @param {string} text @returns {Promise<boolean>} sent */
  prompt(text) {
    const { name, rest } = addressed(text, this.wishes.command?.name ?? "");
    const command = this.wishes.find(name);
    const params = command ? this.wishes.values(command) : {};
    const picked = String(params[command?.text_field ?? ""] ?? "");
    if (rest && command?.text_field) delete params[command.text_field];
    const said = text.trim();
    return this.submit({
      name,
      params,
      text: rest ? said : undefined,
      shown: rest ? said : `/${name} ${picked}`.trim(),
    });
  }

  /** @param {Request} request @returns {Promise<boolean>} false when another one is still on its way */
  async submit({ name, params, text, shown }) {
    if (this.sending || !this.connected) return false;
    const requestId = newId();
    const unsent = { params, text };
    this.history.ask({ requestId, command: name, shown, unsent, at: Date.now() / 1000 });
    await this.#send(requestId, { name, ...unsent });
    return true;
  }

  /** @param {string} requestId @param {{ name: string, params: Values, text?: string }} command */
  async #send(requestId, command) {
    this.#own.add(requestId);
    this.sending = true;
    this.emit("change");
    const answer = await this.connection.command({ ...command, request_id: requestId });
    this.sending = false;
    if (answer.job_id) this.history.taken(requestId, answer.job_id);
    else this.history.refused(requestId, answer.error ?? noAnswer());
    if (answer.error) this.emit("announce", i18n.error(answer.error));
    this.emit("change");
  }

  /** @param {Message} message a failed or canceled one */
  async retry(message) {
    if (this.sending || !this.connected) return;
    if (message.unsent && message.request_id) {
      this.history.resend(message.id);
      await this.#send(message.request_id, { name: message.command, ...message.unsent });
      return;
    }
    if (!message.job_id) return;
    if (message.request_id) this.#own.add(message.request_id);
    const answer = await this.connection.retry(message.job_id);
    if (answer.error) this.complain(answer.error);
    else if (answer.job_id && message.request_id) this.history.taken(message.request_id, answer.job_id);
  }

  /** @param {string} jobId */
  async cancel(jobId) {
    this.#stopping(jobId, true);
    const answer = await this.connection.cancel(jobId);
    if (!answer.error) return;
    this.#stopping(jobId, false);
    this.complain(answer.error);
  }

  /** Makes the track once more with the same parameters. @param {TrackRecord} record */
  async rerun(record) {
    const command = this.wishes.find(record.command);
    if (!command) return;
    const params = again(record, command);
    await this.submit({ name: command.name, params, shown: record.prompt || `/${command.name}` });
  }

  /** Shows a track as the card. @param {string} id @param {{ byUser?: boolean }} [options] */
  async open(id, { byUser = true } = {}) {
    if (byUser) this.emit("opened");
    if (this.card?.id === id) return;
    const card = { id, record: null, peaks: null };
    this.#show(card);
    try {
      const record = await api.track(id);
      const peaks = await api.peaks(id).catch((error) => (this.complain(api.bodyOf(error)), null));
      if (this.card === card) this.#show({ id, record, peaks });
    } catch (error) {
      if (error instanceof api.Refusal && error.status === 404) this.#dropTrack(id);
      else if (this.card === card) this.#show(null);
      this.complain(api.bodyOf(error));
    }
  }

  /** @param {TrackRecord} record @param {{ favourite?: boolean, locked?: boolean }} change */
  async mark(record, change) {
    try {
      await api.mark(record.id, change);
    } catch (error) {
      return this.complain(api.bodyOf(error));
    }
    const { card } = this;
    if (card?.record?.id === record.id) this.card = { ...card, record: { ...card.record, ...change } };
    this.emit("change");
  }

  /** Removes the audio and its record for good. @param {string} id */
  async remove(id) {
    try {
      await api.remove(id);
      this.#dropTrack(id);
    } catch (error) {
      this.complain(api.bodyOf(error));
    }
  }

  /** Tracks older than those that the page knows. */
  async older() {
    await this.tracks.older().catch((error) => this.complain(api.bodyOf(error)));
  }

  clearChat() {
    const times = [...this.jobs.values(), ...this.tracks.rows].map((row) => row.created_at);
    this.history.clear(times.reduce((newest, at) => Math.max(newest, at), 0));
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    if (this.playing === playing) return;
    this.playing = playing;
    this.emit("change");
  }

  /** @param {ErrorBody} error */
  complain(error) {
    this.emit("notice", { level: "error", message: i18n.error(error) });
  }

  /** @param {ServerState} state */
  #reconcile(state) {
    this.version = state.version;
    this.lastRun = state.last_run;
    this.jobs = new Map(state.jobs.map((row) => [row.id, row]));
    this.stopping = new Set();
    this.wishes.offer(state.commands);
    this.history.reconcile(state, noAnswer());
    void this.tracks.reset(
      state,
      this.history.messages.flatMap((message) => message.tracks.map((track) => track.id)),
    );
    const last = read(this.storage, CARD_KEY, "");
    if (!this.card && last && !this.tracks.gone.has(last)) void this.open(last, { byUser: false });
    this.emit("change");
  }

  /** @param {JobRow} row */
  #followJob(row) {
    const before = this.jobs.get(row.id)?.status;
    if (!before) this.lastRun = { command: row.command, params: row.params };
    this.jobs = new Map(this.jobs).set(row.id, row);
    this.history.applyJob(row);
    for (const id of row.track_ids) {
      const track = this.tracks.row(id);
      if (track) this.history.applyTrack(track);
    }
    if (before !== row.status) this.#turn(row);
    this.emit("change");
  }

  /** A job entered another status. @param {JobRow} row */
  #turn(row) {
    const error = row.error ? i18n.error(row.error) : "";
    this.emit("announce", i18n.t(`ui.announce.${row.status.toLowerCase()}`, { command: row.command, error }));
    if (row.status !== "PENDING" && row.status !== "RUNNING") this.#stopping(row.id, false);
    const [made] = row.track_ids;
    const expected = row.status === "COMPLETED" && this.#own.has(row.request_id);
    if (expected && made && !this.playing) void this.open(made, { byUser: false });
  }

  /** @param {TrackRow} row */
  #keepTrack(row) {
    this.tracks.keep(row);
    this.history.applyTrack(row);
    const { card } = this;
    if (card?.record?.id !== row.id) return;
    this.card = { ...card, record: { ...card.record, favourite: row.favourite, locked: row.locked } };
    this.emit("change");
  }

  /** @param {string} id */
  #dropTrack(id) {
    this.tracks.drop(id);
    if (this.card?.id === id) this.#show(null);
  }

  /** @param {Card | null} card */
  #show(card) {
    this.card = card;
    write(this.storage, CARD_KEY, card?.id ?? "");
    this.emit("change");
  }

  /** @param {string} jobId @param {boolean} yes */
  #stopping(jobId, yes) {
    const stopping = new Set(this.stopping);
    if (yes) stopping.add(jobId);
    else stopping.delete(jobId);
    this.stopping = stopping;
    this.emit("change");
  }
}
