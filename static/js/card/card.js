import { html, nothing } from "/static/vendor/lit/index.js";
import { confirmed } from "../ui/dialog.js";
import { AppElement } from "../ui/app-element.js";
import { facts } from "./facts.js";
import { clock, i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { isObject } from "../core/json.js";
import { layoutName } from "../sound/layouts.js";
import { matchOf } from "../desk/match/report.js";
import { peakNotes } from "./peak-notes.js";
import { fieldsOf } from "../server/schema.js";
import { sourceNotes } from "../store/source-note.js";
import { sendTo } from "../ui/targets.js";
import "./before-after.js";
import "../desk/match/panel.js";
import "./piano-roll.js";
import "../sound/player.js";
import "./spectrogram.js";
import "../desk/mixer/panel.js";

/** @import { App } from "../store/app.js" */
/** @import { Field } from "../server/schema.js" */
/** @import { AudioPlayer } from "../sound/player.js" */
/** @import { StemMixer } from "../desk/mixer/panel.js" */
/** @import { Listening } from "../sound/region.js" */
/** @import { TrackRecord, Values } from "../core/types.js" */

/** Layouts that are not worth a word in a card's first line. */
const USUAL = ["mono", "stereo"];

/** The one card: a track, its player, everything known about it. */
class TrackCard extends AppElement {
  static properties = {
    at_s: { state: true },
    naming: { state: true },
    listening: { state: true },
  };

  constructor() {
    super();
    this.at_s = 0;
    /** The artist is being changed. */
    this.naming = false;
    /** How the player is set; the mixer follows. @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
  }

  get player() {
    return /** @type {AudioPlayer | null} */ (this.querySelector("audio-player"));
  }

  get mixer() {
    return /** @type {StemMixer | null} */ (this.querySelector("stem-mixer"));
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.player?.seek(seconds);
    this.mixer?.seek(seconds);
  }

  /** @param {TrackRecord} record */
  async copySeed(record) {
    const seed = String(record.parameters.seed);
    try {
      await navigator.clipboard.writeText(seed);
      this.app?.emit("notice", { level: "info", message: t("ui.seed.copied", { seed }) });
    } catch {
      this.app?.emit("notice", { level: "warning", message: t("ui.seed.not_copied", { seed }) });
    }
  }

  /** @param {TrackRecord} record */
  async discard(record) {
    const yes = await confirmed({
      title: t("ui.delete.title", { name: record.name }),
      text: t("ui.delete.text"),
      action: t("ui.delete.action"),
    });
    if (!yes) return;
    await this.app?.remove(record.id);
    await this.updateComplete;
    document.getElementById("prompt")?.focus();
  }

  /** @param {App} app @param {TrackRecord} record @param {Event} event */
  async rename(app, record, event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (this.querySelector("#artist"));
    await app.edit(record, { artist: input.value.trim() || null });
    this.naming = false;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector("[data-testid=artist]"))?.focus();
  }

  /** @param {App} app @param {TrackRecord} record */
  artist(app, record) {
    if (!this.naming) {
      const open = async () => {
        this.naming = true;
        await this.updateComplete;
        /** @type {HTMLInputElement | null} */ (this.querySelector("#artist"))?.select();
      };
      const label = record.artist ? t("ui.artist.rename") : t("ui.artist.add");
      return html`
        <button class="button small quiet" data-testid="artist" aria-label=${label} title=${label} @click=${open}>
          ${icon("pencil")} <span dir="auto">${record.artist ?? t("ui.artist.add")}</span>
        </button>
      `;
    }
    return html`
      <form class="artist-form" @submit=${(/** @type {Event} */ event) => this.rename(app, record, event)}>
        <input
          id="artist"
          class="text"
          maxlength="100"
          autocomplete="off"
          data-testid="artist-name"
          aria-label=${t("ui.artist")}
          .value=${record.artist ?? ""}
          @keydown=${(/** @type {KeyboardEvent} */ event) => {
            if (event.key === "Escape") this.naming = false;
          }}
        />
        <button class="button small" data-testid="artist-save">${t("ui.artist.save")}</button>
      </form>
    `;
  }

  /** What the composer understood of the prompt, in one line, and what not. @param {TrackRecord} record */
  heard(record) {
    const { heard, not_heard: missed } = record.details ?? {};
    if (typeof heard !== "object" || heard === null) return nothing;
    const said = /** @type {Record<string, unknown>} */ (heard);
    const list = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.map(String) : []);
    const bpm = Number(said.tempo_bpm ?? 0);
    const pace = Number(said.pace_bpm ?? 0);
    const wanted = [
      ...list(said.genres),
      ...list(said.moods),
      ...(bpm ? [`${i18n.number(bpm)} ${t("unit.bpm")}`] : pace ? [`≈ ${i18n.number(pace)} ${t("unit.bpm")}`] : []),
      ...(said.key ? [String(said.key)] : said.mode ? [String(said.mode)] : []),
      ...(said.scale ? [String(said.scale)] : []),
      ...(said.metre ? [String(said.metre)] : []),
      ...list(said.instruments),
      ...(said.alone ? [t("ui.heard.alone")] : []),
      ...list(said.form),
      ...(said.loop ? [t("ui.heard.loop")] : []),
    ];
    const without = list(said.without).map((name) => t("ui.heard.without", { name }));
    const missing = list(missed);
    const words = [wanted.join(", "), without.join(", ")].filter(Boolean).join("; ");
    return html`
      ${words ? html`<p class="heard" data-testid="heard">${t("ui.heard", { words })}</p>` : nothing}
      ${
        missing.length
          ? html`<p class="heard missed" data-testid="not-heard" dir="auto">${t("ui.not_heard", { words: missing.join(", ") })}</p>`
          : nothing
      }
    `;
  }

  /** What a clip gave the piece, in one line. @param {TrackRecord} record */
  takenOver(record) {
    const { taken_over: taken } = record.details ?? {};
    if (!isObject(taken)) return nothing;
    const bpm = Number(taken.tempo_bpm ?? 0);
    const words = [
      ...(bpm ? [`${i18n.number(bpm)} ${t("unit.bpm")}`] : []),
      ...(taken.key ? [String(taken.key)] : []),
      ...(taken.melody_notes ? [t("ui.taken_over.melody")] : []),
    ].join(", ");
    return html`<p class="heard" data-testid="taken-over">${t("ui.taken_over", { words })}</p>`;
  }

  /** The score that lies beside the track. @param {TrackRecord} record */
  beside(record) {
    if (!record.midi_url) return nothing;
    return html`
      <ul class="beside" aria-label=${t("ui.beside")}>
        <li>
          <a class="button small quiet" href="${record.midi_url}?download=1" download="${record.name}.mid">
            ${icon("download")} MIDI
          </a>
        </li>
      </ul>
    `;
  }

  /** Jobs that followed this track, and how far they are. @param {App} app @param {TrackRecord} record */
  followUps(app, record) {
    const tasks = /** @type {{ tasks?: Values[] } | undefined} */ (record.postprocess)?.tasks ?? [];
    if (!tasks.length) return nothing;
    return html`
      <ul class="follow-ups" aria-label=${t("ui.follow_ups")}>
        ${tasks.map(
          ({ type, status, tracks }) => html`
            <li>
              <span>${String(type)}</span> · <span>${t(`ui.task.${status}`)}</span>
              ${(Array.isArray(tracks) ? tracks : []).map(
                (id) => html`<button class="button small quiet" @click=${() => app.open(String(id))}>${t("ui.open")}</button>`,
              )}
            </li>
          `,
        )}
      </ul>
    `;
  }

  /** @param {TrackRecord} record */
  summary(record) {
    const { loudness_lufs: lufs, true_peak_dbtp: peak } = record.levels;
    const layout = String(record.parameters.layout ?? "stereo");
    const size = { maximumFractionDigits: 1, minimumFractionDigits: 1 };
    const parts = [
      record.model,
      clock(record.duration_s),
      String(record.parameters.format ?? "").toUpperCase(),
      USUAL.includes(layout) ? "" : layoutName(layout),
      lufs === null ? "" : `${i18n.number(lufs, size)} LUFS`,
      peak === null ? "" : `${i18n.number(peak, size)} dBTP`,
      i18n.date(record.created_at),
    ];
    return parts.filter(Boolean).map((part) => html`<li>${part}</li>`);
  }

  /** @param {App} app @param {TrackRecord} record */
  actions(app, record) {
    const seed = record.parameters.seed;
    const lockedHint = record.locked ? t("ui.locked.hint") : undefined;
    const mark = (
      /** @type {"favourite" | "locked"} */ name,
      /** @type {"star" | "lock" | "unlock"} */ drawing,
      /** @type {string} */ label,
    ) => html`
      <button
        class="icon-button"
        data-testid=${name}
        aria-pressed=${record[name]}
        aria-label=${label}
        title=${label}
        @click=${() => app.edit(record, { [name]: !record[name] })}
      >
        ${icon(drawing)}
      </button>
    `;
    return html`
      <div class="card-actions">
        <button
          class="button small"
          data-testid="rerun"
          ?disabled=${!app.ready || !app.wishes.find(record.command)}
          @click=${() => app.requests.rerun(record)}
        >
          ${icon("rerun")} ${t("ui.rerun")}
        </button>
        <button
          class="button small"
          data-testid="use-settings"
          ?disabled=${!app.wishes.find(record.command)}
          @click=${() => app.useSettings(record)}
        >
          ${icon("sliders")} ${t("ui.use_settings")}
        </button>
        <button
          class="button small"
          data-testid="send-to"
          @click=${() => sendTo(app, `track:${record.id}`, record.name)}
        >
          ${icon("sendto")} ${t("ui.send_to")}
        </button>
        ${
          typeof seed === "number"
            ? html`<button class="button small" data-testid="copy-seed" @click=${() => this.copySeed(record)}>
              ${icon("copy")} ${t("ui.seed.copy")}
            </button>`
            : nothing
        }
        <span class="card-marks">
          ${mark("favourite", "star", t("ui.favourite"))}
          ${mark("locked", record.locked ? "lock" : "unlock", t("ui.locked"))}
        <button
          class="icon-button danger"
          data-testid="delete"
          aria-label=${t("ui.delete")}
          title=${lockedHint ?? t("ui.delete")}
          ?disabled=${record.locked}
          @click=${() => this.discard(record)}
        >
          ${icon("trash")}
        </button>
        </span>
      </div>
    `;
  }

  /** @param {App} app @param {TrackRecord} record */
  known(app, record) {
    const command = app.wishes.find(record.command);
    /** @type {Map<string, Field>} */
    const fields = new Map((command ? fieldsOf(command) : []).map((field) => [field.name, field]));
    const words = { command: record.command, fields };
    const { layout, ...made } = record.parameters;
    if (layout) made.channels = layoutName(String(layout));
    const asked = [...fields.keys()].filter((name) => name in made);
    const became = Object.keys(made).filter((name) => !fields.has(name) && name !== command?.text_field);
    const parameters = Object.fromEntries([...asked, ...became].map((name) => [name, made[name]]));
    const { details: { match: _match, ...details } = {}, engine = {}, timings = {}, levels, sources = [] } = record;
    const more = { sources, engine, timings, levels, id: record.id, file: record.file };
    const section = (/** @type {string} */ title, /** @type {Record<string, unknown>} */ values, open = false) =>
      Object.keys(values).length
        ? html`<details class="section" ?open=${open}>
            <summary>${title}</summary>
            ${facts(values, words)}
          </details>`
        : nothing;
    return html`
      ${section(t("ui.parameters"), parameters, true)} ${section(t("ui.details"), details)}
      ${section(t("ui.more"), more)}
    `;
  }

  render() {
    const { app } = this;
    if (!app?.card.id) {
      return html`<div class="empty-card">
        ${icon("note")}
        <p>${t("ui.card.empty")}</p>
      </div>`;
    }
    const { record, peaks } = app.card;
    if (!record) return html`<p class="empty" role="status">${t("ui.loading")}</p>`;
    return html`
      <article class="card" data-testid="card" data-track-id=${record.id} aria-labelledby="card-title">
        <h2 id="card-title" class="card-title" dir="auto">${record.name}</h2>
        ${record.prompt ? html`<p class="card-prompt" dir="auto">${record.prompt}</p>` : nothing}
        ${this.heard(record)}
        ${this.takenOver(record)}
        ${sourceNotes(record.source_note).map(
          (line) => html`<p class="heard missed" data-testid="source-note" dir="auto">${line}</p>`,
        )}
        <ul class="meta">
          ${this.summary(record)}
        </ul>
        ${peakNotes(record).map((note) => html`<p class="heard missed" data-testid="peak-note">${note}</p>`)}
        <audio-player
          .app=${app}
          .record=${record}
          .peaks=${peaks}
          @moment=${(/** @type {CustomEvent<number>} */ event) => (this.at_s = event.detail)}
          @listening=${(/** @type {CustomEvent<Listening>} */ event) => (this.listening = event.detail)}
        ></audio-player>
        <before-after .app=${app} .record=${record} .listening=${this.listening}></before-after>
        ${this.actions(app, record)}
        <div class="extras">${this.artist(app, record)} ${this.beside(record)}</div>
        ${this.followUps(app, record)}
        ${
          record.stems?.length
            ? html`<stem-mixer
                .app=${app}
                .record=${record}
                .listening=${this.listening}
                @moment=${(/** @type {CustomEvent<number>} */ event) => (this.at_s = event.detail)}
              ></stem-mixer>`
            : nothing
        }
        ${
          matchOf(record)
            ? html`<match-panel .app=${app} .record=${record} .listening=${this.listening}></match-panel>`
            : nothing
        }
        <div class="views" @seek=${(/** @type {CustomEvent<number>} */ event) => this.seek(event.detail)}>
          <piano-roll .record=${record} .at_s=${this.at_s}></piano-roll>
          <spectrogram-view .record=${record} .at_s=${this.at_s}></spectrogram-view>
        </div>
        ${this.known(app, record)}
      </article>
    `;
  }
}
customElements.define("track-card", TrackCard);
