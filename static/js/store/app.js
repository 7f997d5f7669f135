import * as api from "../server/api.js";
import { noAnswer } from "../server/connection.js";
import { Batches } from "./batches.js";
import { Emitter } from "../core/events.js";
import { i18n } from "../core/i18n.js";
import { Presets } from "./presets.js";
import { again, addressed } from "../server/schema.js";
import { read, write } from "../core/storage.js";
import { Tracks } from "./tracks.js";
import { sourceNotes } from "./source-note.js";
import { Uploads } from "./uploads.js";

/** @import { Connection } from "../server/connection.js" */
/** @import { Field } from "../server/schema.js" */
/** @import { History, Message } from "./history.js" */
/** @import { Wishes } from "./wishes.js" */
/** @import { Ack, CommandInfo, ErrorBody, JobRow, Notice, Peaks, ServerState, TrackRecord, TrackRow, Values } from "../core/types.js" */

/** @typedef {{ id: string, record: TrackRecord | null, peaks: Peaks | null }} Card */
/** @typedef {{ name: string, params: Values, text?: string, shown: string, stays?: string }} Request `stays`: the card stays, the result waits in the chat; this is said once it is in the queue */
/** @typedef {{ command: CommandInfo, field: Field }} Target a place that takes an audio file */

const CARD_KEY = "card_v1";
const LARGEST_CHAT = 5 * 2 ** 20;

/** A seed among the typed words. */
const TYPED_SEED = /(?<!\S)seed=(\d+)(?!\S)/g;

/** The parameters of variation `number`: a fixed seed moves on, a drawn one is drawn anew. @param {Values} params @param {number} number */
function varied(params, number) {
  const { seed } = params;
  return typeof seed === "number" && seed >= 0 ? { ...params, seed: seed + number } : params;
}

/** One of its kind, also where the page is not served from this computer and `randomUUID` is missing. */
function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What the page knows and can do. Components draw it and call its deeds; the server's word is never guessed.
 * `words` asks the prompt box to hold a text, `given` says that a parameter got an audio file.
 *
 * @extends {Emitter<{
 *   change: [],
 *   announce: [string],
 *   notice: [Notice],
 *   opened: [],
 *   words: [string],
 *   given: [command: string, field: string],
 * }>}
 */
export class App extends Emitter {
  /** @type {ReadonlyMap<string, JobRow>} */
  jobs = new Map();
  tracks = new Tracks();
  uploads = new Uploads();
  batches = new Batches(this);
  presets;
  /** @type {ServerState["last_run"]} */
  lastRun = null;
  version = "";
  /** @type {Card | null} */
  card = null;
  /** A prompt is on its way and not yet acknowledged. */
  sending = false;
  /** Waiting jobs are held back. */
  paused = false;
  /** @type {ReadonlySet<string>} jobs that were asked to stop */
  stopping = new Set();
  /** Requests of this page: their tracks open by themselves. */
  #own = new Set();
  /** Players that sound now. @type {ReadonlySet<string>} */
  #sounding = new Set();

  /** @param {Connection} connection @param {History} history @param {Wishes} wishes @param {Storage} storage */
  constructor(connection, history, wishes, storage) {
    super();
    this.connection = connection;
    this.history = history;
    this.wishes = wishes;
    this.storage = storage;
    this.presets = new Presets(storage);
    const changed = () => this.emit("change");
    connection.on("status", changed);
    history.on("change", changed);
    wishes.on("change", changed);
    this.tracks.on("change", changed);
    this.uploads.on("change", changed);
    this.uploads.on("refused", (error) => this.complain(error));
    this.uploads.on("noted", ({ source_note: notes, name }) => {
      for (const message of sourceNotes(notes, name)) this.emit("notice", { level: "warning", message });
    });
    connection.on("state", (state) => this.#reconcile(state));
    connection.on("job", (row) => this.#followJob(row));
    connection.on("order", ({ order }) => this.#reorder(order));
    connection.on("track", (row) => this.#keepTrack(row));
    connection.on("track_removed", ({ ids }) => this.#dropTracks(ids));
    connection.on("queue", ({ paused }) => this.#hold(paused));
    connection.on("notice", (notice) => this.emit("notice", notice));
  }

  get connected() {
    return this.connection.status === "connected";
  }

  /** Jobs that have not ended, in the order in which they run. */
  get queue() {
    const open = [...this.jobs.values()].filter((row) => row.status === "RUNNING" || row.status === "PENDING");
    const place = (/** @type {JobRow} */ row) => (row.status === "RUNNING" ? 0 : (row.position ?? Infinity));
    return open.sort((a, b) => place(a) - place(b) || a.created_at - b.created_at);
  }

  /**
   * Sends what was typed, with the settings of its command. Variations differ by their seed: a drawn one each, or the
   * numbers from the fixed one on.
   *
   * @param {string} text
   * @param {number} [variations]
   * @returns {Promise<boolean>} sent
   */
  prompt(text, variations = 1) {
    const { name, rest } = addressed(text, this.wishes.command?.name ?? "");
    const command = this.wishes.find(name);
    const params = command ? this.wishes.values(command) : {};
    const picked = String(params[command?.text_field ?? ""] ?? "");
    if (rest && command?.text_field) delete params[command.text_field];
    const said = text.trim();
    const requests = Array.from({ length: variations }, (_, number) => ({
      name,
      params: varied(params, number),
      text: rest ? said.replace(TYPED_SEED, (_all, seed) => `seed=${Number(seed) + number}`) : undefined,
      shown: rest ? said : `/${name} ${picked}`.trim(),
    }));
    return this.submit(...requests);
  }

  /**
   * The first request's words stand in the chat, a job's message for each below them.
   *
   * @param {...Request} requests
   * @returns {Promise<boolean>} false when others are still on their way
   */
  async submit(...requests) {
    if (this.sending || !this.connected) return false;
    const at = Date.now() / 1000;
    const prepared = requests.map(({ name, params, text, shown, stays }, number) => {
      const requestId = newId();
      if (!stays) this.#own.add(requestId);
      const unsent = { params, text };
      this.history.ask({ requestId, command: name, shown, unsent, at, alone: number > 0 });
      return { requestId, command: { name, ...unsent }, stays };
    });
    for (const { requestId, command, stays } of prepared) {
      const error = await this.#send(requestId, command);
      if (stays && error) this.complain(error); // the chat may be out of sight
      else if (stays) this.emit("notice", { level: "info", message: stays });
    }
    return true;
  }

  /**
   * @param {string} requestId
   * @param {{ name: string, params: Values, text?: string }} command
   * @returns {Promise<ErrorBody | null>} what the server objects to
   */
  async #send(requestId, command) {
    this.sending = true;
    this.emit("change");
    const answer = await this.connection.command({ ...command, request_id: requestId });
    this.sending = false;
    const error = answer.job_id ? null : (answer.error ?? noAnswer());
    if (answer.job_id) this.history.taken(requestId, answer.job_id);
    if (error) {
      this.history.refused(requestId, error);
      this.emit("announce", i18n.error(error));
    }
    this.emit("change");
    return error;
  }

  /** @param {Message} message a failed or canceled one */
  async retry(message) {
    if (this.sending || !this.connected) return;
    if (message.unsent && message.request_id) {
      this.#own.add(message.request_id);
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

  /** @param {string} jobId @param {number} position 1 is next */
  async move(jobId, position) {
    this.#heed(await this.connection.move(jobId, position));
  }

  /** Every waiting job leaves the queue; running ones go on. */
  async cancelWaiting() {
    this.#heed(await this.connection.cancelWaiting());
  }

  /** Holds waiting jobs back, or lets them go on. @param {boolean} paused */
  async pause(paused) {
    this.#heed(await this.connection.pause(paused));
  }

  /** Holds the queue back and cancels what runs. */
  async stopNow() {
    await this.pause(true);
    await Promise.all(this.queue.filter((row) => row.status === "RUNNING").map((row) => this.cancel(row.id)));
  }

  /** Makes the track once more with the same parameters. @param {TrackRecord} record */
  async rerun(record) {
    const command = this.wishes.find(record.command);
    if (!command) return;
    const params = again(record, command);
    await this.submit({ name: command.name, params, shown: record.prompt || `/${command.name}` });
  }

  /** Sets the panel to what made this track. @param {TrackRecord} record */
  useSettings(record) {
    const command = this.wishes.find(record.command);
    if (!command) return;
    const values = again(record, command);
    this.wishes.restore(command, values);
    const words = command.text_field ? values[command.text_field] : "";
    if (typeof words === "string" && words) this.emit("words", words);
    this.emit("announce", i18n.t("ui.announce.settings_used"));
  }

  /** Gives an audio file to a parameter and chooses its command. @param {Target} target @param {string} key */
  give({ command, field }, key) {
    this.wishes.choose(command.name);
    this.wishes.set(command, field, key);
    this.emit("given", command.name, field.name);
  }

  /** Opens the track beside the card's. @param {1 | -1} step 1 is the next older one */
  async turn(step) {
    if (!this.card) return;
    try {
      const row = await this.tracks.neighbour(this.card.id, step);
      if (row) await this.open(row.id);
    } catch (error) {
      this.complain(api.bodyOf(error));
    }
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
      if (error instanceof api.Refusal && error.status === 404) this.#dropTracks([id]);
      else if (this.card === card) this.#show(null);
      this.complain(api.bodyOf(error));
    }
  }

  /**
   * @param {{ id: string }} track
   * @param {{ favourite?: boolean, locked?: boolean, artist?: string | null }} change
   */
  async edit({ id }, change) {
    try {
      await api.edit(id, change);
    } catch (error) {
      return this.complain(api.bodyOf(error));
    }
    if (this.card?.id === id) await this.#refresh(id);
  }

  /** Removes audio, record and stems for good, and the lines of the chat that led to it. @param {string} id */
  async remove(id) {
    try {
      await api.remove(id);
    } catch (error) {
      return this.complain(api.bodyOf(error));
    }
    this.#dropTracks([id]);
    this.history.forget([id]);
  }

  /** Removes every track that is not locked, the files brought along, and the chat. */
  async removeAll() {
    try {
      const { removed, kept } = await api.removeAll();
      this.#dropTracks(removed);
      this.clearChat();
      this.emit("announce", i18n.t("ui.announce.cleared", { removed: removed.length, kept }));
    } catch (error) {
      this.complain(api.bodyOf(error));
    }
  }

  /** Takes over the messages of an exported chat. @param {File} file */
  async importChat(file) {
    try {
      if (file.size > LARGEST_CHAT) throw new TypeError("too large");
      const count = this.history.take(JSON.parse(await file.text()));
      this.emit("notice", { level: "info", message: i18n.t("ui.imported", { count }) });
    } catch {
      this.emit("notice", { level: "error", message: i18n.t("ui.not_imported", { name: file.name }) });
    }
  }

  clearChat() {
    const times = [...this.jobs.values(), ...this.tracks.rows].map((row) => row.created_at);
    this.history.clear(times.reduce((newest, at) => Math.max(newest, at), 0));
  }

  get playing() {
    return this.#sounding.size > 0;
  }

  /** @param {boolean} playing @param {string} player */
  setPlaying(playing, player) {
    if (this.#sounding.has(player) === playing) return;
    const sounding = new Set(this.#sounding);
    if (playing) sounding.add(player);
    else sounding.delete(player);
    this.#sounding = sounding;
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
    this.paused = state.paused;
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

  /** Jobs that the server's state left out, being long over. @param {readonly JobRow[]} rows */
  remember(rows) {
    this.jobs = new Map([...rows.map((row) => /** @type {const} */ ([row.id, row])), ...this.jobs]);
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
    if (before !== row.status) this.#entered(row);
    this.emit("change");
  }

  /** The waiting jobs moved up. @param {readonly (readonly [string, number])[]} order ids and ranks, the next first */
  #reorder(order) {
    const jobs = new Map(this.jobs);
    for (const [at, [id, rank]] of order.entries()) {
      const row = jobs.get(id);
      if (row?.status === "PENDING") jobs.set(id, { ...row, position: at + 1, rank });
    }
    this.jobs = jobs;
    this.emit("change");
  }

  /** A job entered another status. @param {JobRow} row */
  #entered(row) {
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
    if (this.card?.record?.id === row.id) void this.#refresh(row.id);
  }

  /** Reads the card's record again: it was renamed or marked, or a follow-up got on. @param {string} id */
  async #refresh(id) {
    try {
      const record = await api.track(id);
      if (this.card?.id === id) this.card = { ...this.card, record };
      this.emit("change");
    } catch (error) {
      if (!(error instanceof api.Refusal && error.status === 404)) this.complain(api.bodyOf(error));
    }
  }

  /** @param {readonly string[]} ids */
  #dropTracks(ids) {
    this.tracks.drop(ids);
    if (this.card && ids.includes(this.card.id)) this.#show(null);
  }

  /** @param {boolean} paused */
  #hold(paused) {
    this.paused = paused;
    this.emit("announce", i18n.t(paused ? "ui.announce.held" : "ui.announce.continued"));
    this.emit("change");
  }

  /** @param {Ack} answer */
  #heed({ error }) {
    if (error) this.complain(error);
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
