import { html, nothing } from "/static/vendor/lit/index.js";
import { confirmed } from "./dialog.js";
import { PageElement } from "./element.js";
import { facts } from "./facts.js";
import { clock, i18n, t } from "./i18n.js";
import { icon } from "./icons.js";
import { fieldsOf } from "./schema.js";
import "./player.js";

/** @import { App } from "./app.js" */
/** @import { Field } from "./schema.js" */
/** @import { TrackRecord } from "./types.js" */

/** The one card: a track, its player, everything known about it. */
class TrackCard extends PageElement {
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
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
    if (yes) await this.app?.remove(record.id);
  }

  /** @param {TrackRecord} record */
  summary(record) {
    const { loudness_lufs: lufs, true_peak_dbtp: peak } = record.levels;
    const size = { maximumFractionDigits: 1, minimumFractionDigits: 1 };
    const parts = [
      record.model,
      clock(record.duration_s),
      String(record.parameters.format ?? "").toUpperCase(),
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
          ?disabled=${!app.connected || app.sending || !app.wishes.find(record.command)}
          @click=${() => app.rerun(record)}
        >
          ${icon("rerun")} ${t("ui.rerun")}
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
    const made = record.parameters;
    const asked = [...fields.keys()].filter((name) => name in made);
    const became = Object.keys(made).filter((name) => !fields.has(name) && name !== command?.text_field);
    const parameters = Object.fromEntries([...asked, ...became].map((name) => [name, made[name]]));
    const { details = {}, engine = {}, timings = {}, levels, sources = [] } = record;
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
    if (!app?.card) {
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
        <ul class="meta">
          ${this.summary(record)}
        </ul>
        <audio-player .app=${app} .record=${record} .peaks=${peaks}></audio-player>
        ${this.actions(app, record)} ${this.known(app, record)}
      </article>
    `;
  }
}
customElements.define("track-card", TrackCard);
