import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { playableTrack, playableUpload } from "../store/playable.js";
import { sourceNotes } from "../store/source-note.js";
import { offerBatch } from "../ui/batch-offer.js";
import { PageElement } from "../ui/element.js";
import "./audio-choices.js";
import { fileChooser } from "./file-chooser.js";

/** @import { TrackRecord, Upload } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Setting } from "./field-frame.js" */
/** @typedef {TrackRecord | Upload} Chosen */

const OFFERED = 50;

/** The parts of a key. @param {string} key `track:ID` or `upload:ID` */
const parts = (key) => ({ kind: key.split(":")[0], id: key.split(":")[1] ?? "" });

/** A parameter that takes an audio file: from disk, from an earlier upload or from the library, with a preview. */
class AudioField extends PageElement {
  static properties = {
    setting: { attribute: false },
    chosen: { state: true },
    missing: { state: true },
    over: { state: true },
  };

  constructor() {
    super();
    /** @type {Setting | undefined} */
    this.setting = undefined;
    /** @type {Chosen | null} */
    this.chosen = null;
    /** The chosen file is no longer there. */
    this.missing = false;
    /** A file is held over the field. */
    this.over = false;
    this.known = "";
  }

  get app() {
    return this.setting?.app;
  }

  attend() {
    const { app } = this;
    if (app) this.own(app.uploads.on("change", () => this.requestUpdate()));
    if (app && !app.uploads.rows.length) void app.uploads.refresh();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const key = String(this.setting?.value ?? "");
    if (changed.has("setting") && key !== this.known) {
      this.known = key;
      this.chosen = null;
      this.missing = false;
      if (key) void this.look(key);
    }
  }

  /** Finds out what the key stands for. @param {string} key */
  async look(key) {
    const { kind, id } = parts(key);
    try {
      const row = kind === "track" ? await api.track(id) : await api.uploaded(id);
      if (this.known === key) this.chosen = row;
    } catch (error) {
      if (this.known === key) this.missing = error instanceof api.Refusal && error.status === 404;
    }
  }

  /** @param {Iterable<File>} files */
  async take(files) {
    const [file, ...others] = files;
    if (!file) return;
    if (others.length && this.app) return offerBatch(this.app, [file, ...others]);
    const row = await this.app?.uploads.send(file);
    if (row) this.setting?.set(row.key);
  }

  /** @param {App} app @param {Chosen} chosen */
  preview(app, chosen) {
    const { title, duration_s } = "id" in chosen ? playableTrack(chosen) : playableUpload(chosen);
    const notes = "id" in chosen ? [] : chosen.source_note; // a track's are about what it was made from
    return html`
      <div class="audio-chosen" data-testid="audio-chosen">
        <play-button .app=${app} .row=${chosen}></play-button>
        <span class="audio-words">
          <span class="audio-name" dir="auto">${title}</span>
          <span class="hint">${clock(duration_s)}</span>
        </span>
      </div>
      ${sourceNotes(notes, title).map(
        (line) => html`<p class="track-note missed" data-testid="source-note" dir="auto">${line}</p>`,
      )}
    `;
  }

  /** @param {Setting} setting */
  options({ app, value }) {
    const option = (/** @type {string} */ key, /** @type {string} */ label) =>
      html`<option value=${key} ?selected=${key === value}>${label}</option>`;
    const tracks = app.tracks.rows.slice(0, OFFERED);
    const uploads = app.uploads.sounds.slice(0, OFFERED);
    const offered = new Set([...tracks.map((row) => `track:${row.id}`), ...uploads.map((row) => row.key)]);
    return html`
      ${option("", t("ui.none"))}
      ${value && !offered.has(String(value)) ? option(String(value), this.chosen?.name ?? t("ui.audio.chosen")) : nothing}
      ${
        uploads.length
          ? html`<optgroup label=${t("ui.audio.uploads")}>${uploads.map((row) => option(row.key, row.name))}</optgroup>`
          : nothing
      }
      ${
        tracks.length
          ? html`<optgroup label=${t("ui.library")}>
              ${tracks.map((row) => option(`track:${row.id}`, row.title))}
            </optgroup>`
          : nothing
      }
    `;
  }

  /** @param {DragEvent} event */
  dropped(event) {
    const key = event.dataTransfer?.getData("application/x-track");
    const files = event.dataTransfer?.files;
    this.over = false;
    if (!key && !files?.length) return;
    event.preventDefault();
    event.stopPropagation();
    if (key) this.setting?.set(key);
    else if (files) void this.take(files);
  }

  render() {
    const { setting, app } = this;
    if (!setting || !app) return nothing;
    return fileChooser(setting, {
      kind: "audio",
      options: this.options(setting),
      accept: "audio/*,video/mp4,.flac,.opus,.aiff,.m4a",
      name: (title) => t("ui.audio.file.for", { name: title }),
      multiple: true,
      take: (files) => this.take(files),
      over: this.over,
      hold: (over) => (this.over = over),
      drop: (event) => this.dropped(event),
      chosen: html`
        <audio-choices .setting=${setting}></audio-choices>
        ${this.missing ? html`<p class="field-error" role="alert">${t("ui.audio.missing")}</p>` : nothing}
        ${this.chosen ? this.preview(app, this.chosen) : nothing}
      `,
      hint: t("ui.audio.drop"),
    });
  }
}
customElements.define("audio-field", AudioField);
