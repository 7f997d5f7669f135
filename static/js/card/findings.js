import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { tagLabel as label, tempoText, termLabel } from "../core/terms.js";
import { TrackElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { facts as factList } from "./facts.js";
import "./file-tags.js";
import { stemFindings } from "./stem-findings.js";

/** @import { TrackRecord, Values } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @typedef {{ name: string, category: string, score: number, lift: number | null, source: string, stem?: string | null }} Tag */

const CATEGORIES = ["genre", "mood", "instruments", "voice", "era", "texture", "production_technique"];
const FIGURES = ["energy", "brightness_hz", "density", "range_db", "noise_floor_dbfs"];

/** @param {unknown} value @returns {Values} */
const object = (value) => (isObject(value) ? /** @type {Values} */ (value) : {});

/** @param {Tag} tag */
const tagLabel = ({ name, category }) => label(`${category}/${name}`);

/** Whether `/tag` has found something out about a track. @param {TrackRecord} record */
export const hasFindings = ({ facts }) => ["sound", "tags", "tempo", "key", "measures"].some((name) => facts?.[name]);

/** What is in a track: kind of sound, tempo, key, tags, measured values; tempo and tags can be corrected. */
class TrackFindings extends TrackElement {
  static properties = { ...TrackElement.properties, typing: { state: true } };

  constructor() {
    super();
    this.typing = false;
  }

  /** @param {App} app @param {TrackRecord} record @param {Values} facts */
  async correct(app, record, facts) {
    const chip = this.chips.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    await this.close();
    await app.correct(record, facts);
    await this.refocus(() => (chip < 0 ? this.named("tempo") : (this.chips[Math.min(chip, this.chips.length - 1)] ?? this.named("undo-correction"))));
  }

  /** @param {App} app @param {TrackRecord} record @param {string} correction */
  async undo(app, record, correction) {
    await app.undoFacts(record, correction);
    await this.refocus(() => this.named("tempo") ?? this.named("file-tags"));
  }

  /** Ends typing the tempo. */
  async close() {
    if (!this.typing) return;
    this.typing = false;
    await this.updateComplete;
    this.named("tempo")?.focus();
  }

  /** The buttons that remove a tag. */
  get chips() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[data-testid=tag] button")]);
  }

  /** @param {string} name @returns {HTMLElement | null} */
  named(name) {
    return this.querySelector(`[data-testid=${name}]`);
  }

  /** @param {App} app @param {TrackRecord} record */
  tempo(app, record) {
    const { bpm, alternative_bpm: other, confidence } = object(record.facts?.tempo);
    if (bpm === undefined) return nothing;
    if (!app.owns(record)) return html`<li data-testid="tempo">${bpm === null ? t("ui.tag.no_tempo") : tempoText(Number(bpm))}</li>`;
    const sure = t("ui.tag.sure", { percent: i18n.number(Number(confidence ?? 1), { style: "percent" }) });
    if (this.typing) {
      return html`<li>
        <form
          class="tempo-form"
          @submit=${(/** @type {Event} */ event) => {
            event.preventDefault();
            const input = /** @type {HTMLInputElement} */ (this.querySelector("#tempo"));
            void this.correct(app, record, { tempo: { bpm: input.valueAsNumber } });
          }}
        >
          <input id="tempo" class="number" type="number" min="15" max="600" step="any" required data-testid="tempo-input"
            aria-label=${t("ui.tag.tempo")} .value=${String(bpm ?? "")}
            @keydown=${(/** @type {KeyboardEvent} */ event) => {
              if (event.key === "Escape") void this.close();
            }}
          />
          <button class="button small" data-testid="tempo-save">${t("ui.artist.save")}</button>
        </form>
      </li>`;
    }
    const open = async () => {
      this.typing = true;
      await this.updateComplete;
      /** @type {HTMLInputElement | null} */ (this.querySelector("#tempo"))?.select();
    };
    return html`<li>
      <button class="button small quiet" data-testid="tempo" title="${t("ui.tag.tempo.correct")} · ${sure}" @click=${open}>
        ${bpm === null ? t("ui.tag.no_tempo") : tempoText(Number(bpm))}
      </button>
      ${
        other
          ? html`<button
              class="button small quiet"
              data-testid="tempo-switch"
              title=${t("ui.tag.tempo.switch")}
              @click=${() => void this.correct(app, record, { tempo: { bpm: other } })}
            >
              ${t("ui.tag.or", { tempo: tempoText(Number(other)) })}
            </button>`
          : nothing
      }
    </li>`;
  }

  /** @param {App} app @param {TrackRecord} record @param {Tag[]} tags */
  tags(app, record, tags) {
    const mine = app.owns(record);
    const chip = (/** @type {Tag} */ tag) => html`
      <li class="tag" data-testid="tag" data-source=${tag.source} title=${t(tag.stem ? "ui.tag.source.stem" : "ui.tag.source", {
        source: t(`ui.tag.source.${tag.source}`),
        stem: tag.stem ? termLabel("stem", tag.stem) : "",
        percent: i18n.number(tag.score, { style: "percent" }),
      })}>
        ${tagLabel(tag)}
        ${
          mine
            ? html`<button
                class="icon-button"
                aria-label=${t("ui.tag.remove", { tag: tagLabel(tag) })}
                @click=${() => void this.correct(app, record, { tags: tags.filter((other) => other !== tag) })}
              >
                ${icon("close")}
              </button>`
            : nothing
        }
      </li>
    `;
    return CATEGORIES.map((category) => {
      const own = tags.filter((tag) => tag.category === category);
      return own.length
        ? html`<div class="tag-row">
            <span class="tag-category">${t(`ui.tag.category.${category}`)}</span>
            <ul class="tags">${own.map(chip)}</ul>
          </div>`
        : nothing;
    });
  }

  render() {
    const { app, record } = this;
    if (!app || !record || !hasFindings(record)) return nothing;
    const { facts = {} } = record;
    const { kind } = object(facts.sound);
    const { name: key, camelot } = object(facts.key);
    const measures = object(facts.measures);
    const tags = /** @type {Tag[]} */ (Array.isArray(facts.tags) ? facts.tags : []);
    const figures = Object.fromEntries(FIGURES.filter((name) => name in measures).map((name) => [name, measures[name]]));
    const correction = record.annotations?.findLast(({ job_id, undone_at }) => !job_id && !undone_at);
    const words = { command: "tag", fields: new Map(), sound: String };
    return html`
      <section class="findings" aria-label=${t("ui.tag.findings")} data-testid="findings">
        <ul class="finding-line">
          ${kind ? html`<li data-testid="sound-kind">${t(`ui.tag.kind.${kind}`)}</li>` : nothing}
          ${this.tempo(app, record)}
          ${key ? html`<li data-testid="key">${termLabel("key", String(key))}${camelot ? ` · ${camelot}` : ""}</li>` : nothing}
        </ul>
        ${this.tags(app, record, tags)}
        ${
          correction && app.owns(record)
            ? html`<button class="button small quiet" data-testid="undo-correction" @click=${() => void this.undo(app, record, correction.id)}>
                ${t("ui.tag.undo")}
              </button>`
            : nothing
        }
        ${stemFindings(facts.stems)}
        ${app.owns(record) ? html`<file-tags .app=${app} .record=${record}></file-tags>` : nothing}
        <details class="section">
          <summary>${t("ui.tag.measures")}</summary>
          ${factList(figures, words)}
        </details>
      </section>
    `;
  }
}
customElements.define("track-findings", TrackFindings);
