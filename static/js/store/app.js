import { Emitter } from "../core/events.js";
import { i18n } from "../core/i18n.js";
import * as api from "../server/api.js";
import { noAnswer } from "../server/connection.js";
import { again, fieldsOf, lacking } from "../server/schema.js";
import { aboutLine } from "./about.js";
import { Arrivals } from "./arrivals.js";
import { Batches } from "./batches.js";
import { Card } from "./card.js";
import { Jobs } from "./jobs.js";
import { listOf, playableTrack, trackId } from "./playable.js";
import { Playback } from "./playback.js";
import { Notices } from "./notices.js";
import { Outlines } from "./outlines.js";
import { Presets } from "./presets.js";
import { Requests } from "./requests.js";
import { Sounds } from "./sounds.js";
import { sourceNotes } from "./source-note.js";
import { Tracks } from "./tracks.js";
import { Uploads } from "./uploads.js";

/** @import { CommandInfo, ErrorBody, JobRow, Notice, Search, ServerState, TrackRecord, TrackRow, Values } from "../core/types.js" */
/** @import { OwnStorage } from "../core/storage.js" */
/** @import { Connection, Service } from "../server/connection.js" */
/** @import { Field } from "../server/schema.js" */
/** @import { History } from "./history.js" */
/** @import { Message } from "./messages.js" */
/** @import { List, Playable } from "./playable.js" */
/** @import { Settings } from "./settings.js" */
/** @typedef {{ command: CommandInfo, field: Field }} Target a place that takes an audio file */

const PLAYBACK = "playback";
const LARGEST_CHAT = 5 * 2 ** 20;

/**
 * The page's stores, joined: what the server says goes to each of them, and what concerns several is done here.
 * Components draw them; the server's word is never guessed. `words` asks the prompt box to hold a text, `given` says
 * that a parameter got an audio file, `wanted` that one is missing; `seek` asks the library what a search finds.
 *
 * @extends {Emitter<{
 *   change: [],
 *   announce: [string],
 *   notice: [Notice],
 *   opened: [],
 *   seek: [Search],
 *   words: [string],
 *   given: [command: string, field: string],
 *   wanted: [command: string, field: string],
 * }>}
 */
export class App extends Emitter {
  tracks = new Tracks();
  notices = new Notices();
  batches = new Batches(this);
  outlines = new Outlines(api.outlines);
  requests = new Requests(this);
  arrivals = new Arrivals(this);
  version = "";
  /** Whose page this is, where others have accounts on this server too; else empty. */
  user = "";
  /** What the servers of a cluster work with and do not reach. @type {readonly Service[]} */
  away = [];
  /** The server has said how things stand since it is connected. */
  #stated = false;
  /** Players that sound now. @type {ReadonlySet<string>} */
  #sounding = new Set();

  /**
   * @param {Connection} connection
   * @param {History} history
   * @param {Settings} settings
   * @param {OwnStorage} storage
   * @param {HTMLAudioElement} audio what tracks are heard from
   */
  constructor(connection, history, settings, storage, audio) {
    super();
    this.connection = connection;
    this.history = history;
    this.settings = settings;
    this.storage = storage;
    this.jobs = new Jobs(connection);
    this.uploads = new Uploads(storage);
    this.sounds = new Sounds(this.tracks, this.uploads);
    this.card = new Card(storage);
    this.presets = new Presets(storage);
    const loops = async (/** @type {Playable} */ sound) => (await api.track(trackId(sound))).parameters.loop_mode === true;
    this.playback = new Playback({ audio, storage, loops });
    const changed = () => this.emit("change");
    const refused = (/** @type {ErrorBody} */ error) => this.complain(error);
    connection.on("status", () => {
      if (!this.connected) this.#stated = false;
      changed();
    });
    history.on("change", changed);
    settings.on("change", changed);
    this.tracks.on("change", changed);
    this.jobs.on("change", changed);
    this.jobs.on("refused", refused);
    this.card.on("change", changed);
    this.card.on("refused", refused);
    this.uploads.on("change", changed);
    this.sounds.on("change", changed);
    this.uploads.on("refused", refused);
    this.jobs.on("announce", (text) => this.emit("announce", text));
    this.card.on("missing", (id) => this.#dropTracks([id]));
    this.uploads.on("over", (fingerprint) => this.notices.withdraw(`upload:${fingerprint}`));
    this.uploads.on("halted", ({ fingerprint, name, share, discard }) => {
      const message = i18n.t("ui.upload.halted", { name, share: i18n.percent(share) });
      const action = { label: i18n.t("ui.upload.discard"), act: discard };
      this.emit("notice", { level: "warning", message, action, topic: `upload:${fingerprint}` });
    });
    this.uploads.on("noted", ({ source_note: notes, name }) => {
      for (const message of sourceNotes(notes, name)) this.emit("notice", { level: "warning", message });
    });
    this.card.on("change", () => this.#cue());
    this.playback.on("change", () => this.setPlaying(this.playback.playing, PLAYBACK));
    this.playback.on("stepped", (from, to) => {
      if (this.card.id === trackId(from) && trackId(to)) void this.card.open(trackId(to));
    });
    this.tracks.on("change", () => void this.playback.lookAround());
    connection.on("state", (state) => this.#reconcile(state));
    connection.on("job", (row) => this.#followJob(row));
    connection.on("track", (row) => this.#keepTrack(row));
    connection.on("track_removed", ({ ids }) => this.#dropTracks(ids));
    connection.on("notice", (notice) => this.emit("notice", notice));
    connection.on("away", ({ services }) => {
      this.away = services;
      changed();
    });
  }

  get connected() {
    return this.connection.status === "connected";
  }

  /** The server can be asked for something new right now. */
  get ready() {
    return this.connected && this.#stated && !this.requests.sending;
  }

  /** Waits until it is known what the server can do. @returns {Promise<void>} */
  stated() {
    if (this.#stated) return Promise.resolve();
    return new Promise((resolve) => {
      const end = this.on("change", () => {
        if (!this.#stated) return;
        end();
        resolve();
      });
    });
  }

  /** It may be public, and made by another of this server's users, who alone may change it. @param {{ user?: string }} record */
  owns({ user }) {
    return !this.user || user === this.user;
  }

  /** Sets the panel to what made this track. @param {TrackRecord} record */
  useSettings(record) {
    const command = this.settings.find(record.command);
    if (!command) return;
    const values = again(record, command);
    for (const said of Object.keys(record.heard ?? {})) delete values[said]; // the words say so again, or differently
    this.settings.restore(command, values);
    const words = command.text_field ? values[command.text_field] : "";
    if (typeof words === "string" && words) this.emit("words", words);
    this.emit("announce", i18n.t("ui.announce.settings_used"));
  }

  /** Brings a parameter into sight, for the user to set it. @param {CommandInfo} command @param {Field} field */
  point(command, field) {
    this.settings.choose(command.name);
    this.emit("wanted", command.name, field.name);
  }

  /** Puts what was refused back to where it can be changed. @param {Message} message */
  rework(message) {
    const command = this.settings.find(message.command);
    if (!command) return;
    this.settings.choose(command.name);
    this.emit("words", message.unsent?.text ?? "");
    const lack = lacking(fieldsOf(command), this.settings.values(command));
    if (lack) this.point(command, lack);
  }

  /** Gives an audio file to a parameter and chooses its command. @param {Target} target @param {string} key */
  give({ command, field }, key) {
    this.settings.choose(command.name);
    this.settings.set(command, field, key);
    this.emit("given", command.name, field.name);
  }

  /** All tracks, the newest first: what the card's neighbours are. @type {List} */
  everything = {
    name: "everything",
    plays_on: false,
    beside: async (sound, step) => {
      const row = await this.tracks.neighbour(trackId(sound), step);
      return row ? playableTrack(row) : null;
    },
  };

  /** What the chat has come to, from top to bottom. @type {List} */
  told = listOf("chat", () =>
    this.history.messages.flatMap(({ tracks }) =>
      tracks.filter(({ id }) => !this.tracks.gone.has(id)).map((track) => playableTrack(this.tracks.row(track.id) ?? track)),
    ),
  );

  /** Opens the track beside the card's. @param {1 | -1} step 1 is the next older one */
  async turn(step) {
    if (!this.card.id) return;
    try {
      const row = await this.tracks.neighbour(this.card.id, step);
      if (row) await this.open(row.id);
    } catch (error) {
      this.complain(api.bodyOf(error));
    }
  }

  /** Shows a track as the card. @param {string} id */
  async open(id) {
    this.emit("opened");
    await this.card.open(id);
  }

  /**
   * @param {{ id: string }} track
   * @param {{ favourite?: boolean, locked?: boolean, public?: boolean, artist?: string | null, title?: string | null }} change
   */
  async edit({ id }, change) {
    await this.#change(id, api.edit(id, change));
  }

  /** What the user knows better of a track than what was found. @param {TrackRecord} record @param {Values} facts */
  async correct({ id }, facts) {
    await this.#change(id, api.correct(id, facts));
  }

  /** @param {TrackRecord} record @param {string} annotation */
  async undoFacts({ id }, annotation) {
    await this.#change(id, api.undoFacts(id, annotation));
  }

  /** @param {string} id @param {Promise<unknown>} change */
  async #change(id, change) {
    try {
      await change;
    } catch (error) {
      return this.complain(api.bodyOf(error));
    }
    await this.card.refresh(id);
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
      const { messages, ...left } = this.history.take(JSON.parse(await file.text()));
      const named = new Set(messages.flatMap(({ tracks }) => tracks.map(({ id }) => id)));
      const counts = { ...left, gone: (await this.tracks.missing(named)).length };
      const said = Object.entries(counts).filter(([, count]) => count > 0);
      const message = [
        i18n.t("ui.imported", { name: file.name, count: i18n.number(messages.length) }),
        ...said.map(([what, count]) => i18n.t(`ui.imported.${what}`, { count: i18n.number(count) })),
      ].join(" ");
      this.emit("notice", { level: left.invalid || left.beyond ? "warning" : "info", message });
    } catch {
      this.emit("notice", { level: "error", message: i18n.t("ui.not_imported", { name: file.name }) });
    }
  }

  clearChat() {
    const times = [...this.jobs.rows.values(), ...this.tracks.rows].map((row) => row.created_at);
    this.history.clear(times.reduce((newest, at) => Math.max(newest, at), 0));
  }

  get playing() {
    return this.#sounding.size > 0;
  }

  /** A player of several sounds is heard: stems, or one sound beside another. */
  get playersSound() {
    return [...this.#sounding].some((name) => name !== PLAYBACK);
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
    this.#stated = true;
    this.uploads.reset(state.bucket);
    this.jobs.reset(state);
    this.settings.offer(state.commands);
    this.history.reconcile(state, noAnswer());
    void this.tracks.reset(
      state,
      this.history.messages.flatMap((message) => message.tracks.map((track) => track.id)),
    );
    const { last } = this.card;
    if (!this.card.id && last && !this.tracks.gone.has(last)) void this.card.open(last);
    this.emit("change");
  }

  /** @param {JobRow} row */
  #followJob(row) {
    const entered = this.jobs.put(row);
    this.history.applyJob(row);
    for (const id of row.track_ids) {
      const track = this.tracks.row(id);
      if (track) this.history.applyTrack(track);
    }
    if (entered) this.#entered(row);
    this.emit("change");
  }

  /** A job entered another status. @param {JobRow} row */
  #entered(row) {
    const error = row.error ? i18n.error(row.error) : "";
    this.emit("announce", i18n.t(`ui.announce.${row.status.toLowerCase()}`, { about: aboutLine(this, row.about), error }));
    if (row.status === "COMPLETED") void this.arrivals.come(row);
  }

  /** While nothing sounds, what is shown is what would be heard. */
  #cue() {
    const { record } = this.card;
    const sound = record && playableTrack(record);
    if (sound && !this.playing && this.playback.current?.key !== sound.key) this.playback.hold(sound, this.everything);
  }

  /** @param {TrackRow} row */
  #keepTrack(row) {
    this.tracks.keep(row);
    this.history.applyTrack(row);
    this.playback.rename(playableTrack(row));
    if (this.card.record) void this.card.refresh(row.id);
  }

  /** @param {readonly string[]} ids */
  #dropTracks(ids) {
    this.tracks.drop(ids);
    this.playback.drop(ids.map((id) => `track:${id}`));
    if (ids.includes(this.card.id)) this.card.close();
  }
}
