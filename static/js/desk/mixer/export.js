import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { termLabel } from "../../core/terms.js";
import * as api from "../../server/api.js";
import { TrackElement } from "../../ui/app-element.js";
import { icon } from "../../ui/icons.js";
import { audible, levelsText } from "./levels.js";

/** @import { TrackRecord, Values } from "../../core/types.js" */
/** @import { Region } from "../../store/region.js" */
/** @import { App } from "../../store/app.js" */
/** @import { Lanes } from "./levels.js" */

/** What an export can be written as: format, bit depth, label. @type {readonly [string, string, string][]} */
const FORMATS = [
  ["wav", "24", "WAV 24 bit"],
  ["wav", "32f", "WAV 32 bit float"],
  ["wav", "16", "WAV 16 bit"],
  ["flac", "24", "FLAC 24 bit"],
  ["mp3", "24", "MP3"],
  ["ogg", "24", "Ogg Vorbis"],
  ["opus", "24", "Opus"],
];

/** What `/mix` does unasked; the chat need not say it. @type {Values} */
const USUAL = { format: "wav", bit_depth: "24", peaks: "keep" };

/**
 * Asks for a mix; the card stays as it is, the result comes into the chat.
 *
 * @param {App} app
 * @param {TrackRecord} record
 * @param {string} levels
 * @param {Values} how
 */
export function askForMix(app, record, levels, how) {
  const said = Object.entries(how).filter(([name, value]) => value !== USUAL[name]);
  const shown = ["/mix", levels, ...said.map(([name, value]) => `${name}=${value}`)].join(" ");
  const params = { source: `track:${record.id}`, levels, ...how };
  void app.requests.submit({ name: "mix", params, shown, stays: t("ui.mixer.asked") });
}

/** Takes what the mixer plays out as files: one mix, or the stems as they are. */
class MixExport extends TrackElement {
  static properties = {
    lanes: { attribute: false },
    region: { attribute: false },
    format: { state: true },
    lower: { state: true },
    onlyRegion: { state: true },
  };

  constructor() {
    super();
    /** @type {Lanes} */
    this.lanes = {};
    /** @type {Region | null} */
    this.region = null;
    this.format = 0;
    this.lower = false;
    this.onlyRegion = true;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
  }

  /** @param {App} app @param {TrackRecord} record */
  exportMix(app, record) {
    const [format, bit_depth] = FORMATS[this.format] ?? ["wav", "24"];
    const { region } = this;
    const part = region && this.onlyRegion ? { from_s: region.from_s, to_s: region.to_s } : {};
    const peaks = this.lower ? "lower" : "keep";
    askForMix(app, record, levelsText(this.lanes), { format, bit_depth, peaks, ...part });
  }

  render() {
    const { app, record, region } = this;
    if (!app || !record) return nothing;
    const sounding = audible(this.lanes);
    const busy = !app.ready || !app.settings.find("mix");
    const chosen = (/** @type {Event} */ event) => Number(/** @type {HTMLSelectElement} */ (event.target).value);
    return html`
      <div class="mixer-export" role="group" aria-label=${t("ui.mixer.export")}>
        <select
          class="select"
          data-testid="mix-format"
          aria-label=${t("ui.mixer.format")}
          title=${t("ui.mixer.format")}
          .value=${live(String(this.format))}
          @change=${(/** @type {Event} */ event) => (this.format = chosen(event))}
        >
          ${FORMATS.map(([, , label], at) => html`<option value=${at} ?selected=${at === this.format}>${label}</option>`)}
        </select>
        ${
          region
            ? html`<select
                class="select"
                data-testid="mix-range"
                aria-label=${t("ui.mixer.range")}
                title=${t("ui.mixer.range")}
                .value=${live(this.onlyRegion ? "1" : "0")}
                @change=${(/** @type {Event} */ event) => (this.onlyRegion = chosen(event) === 1)}
              >
                <option value="1" ?selected=${this.onlyRegion}>${t("ui.mixer.range.region")}</option>
                <option value="0" ?selected=${!this.onlyRegion}>${t("ui.mixer.range.whole")}</option>
              </select>`
            : nothing
        }
        <label class="mixer-lower" title=${t("ui.mixer.lower.hint")}>
          <input
            type="checkbox"
            data-testid="mix-lower"
            .checked=${live(this.lower)}
            @change=${(/** @type {Event} */ event) =>
              (this.lower = /** @type {HTMLInputElement} */ (event.target).checked)}
          />
          ${t("ui.mixer.lower")}
        </label>
      </div>
      <div class="mixer-files">
        <button
          class="button small primary"
          data-testid="mix-export"
          ?disabled=${busy || !levelsText(this.lanes)}
          @click=${() => this.exportMix(app, record)}
        >
          ${t("ui.mixer.export")}
        </button>
        <a
          class="button small quiet"
          data-testid="zip-all"
          href=${api.stemsZipUrl(record.id)}
          download
          title=${t("ui.mixer.zip.all.hint")}
        >
          ${icon("download")} ${t("ui.mixer.zip.all")}
        </a>
        ${
          sounding.length && sounding.length < (record.stems ?? []).length
            ? html`<a
                class="button small quiet"
                data-testid="zip-audible"
                href=${api.stemsZipUrl(record.id, sounding)}
                download
                title=${sounding.map((name) => termLabel("stem", name)).join(", ")}
              >
                ${icon("download")} ${t("ui.mixer.zip.audible")}
              </a>`
            : nothing
        }
      </div>
    `;
  }
}
customElements.define("mix-export", MixExport);
