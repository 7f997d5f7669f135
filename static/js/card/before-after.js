import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { TrackElement } from "../ui/app-element.js";
import "../sound/compare-switch.js";

/** @import { TrackRecord } from "../core/types.js" */
/** @import { Side } from "../sound/compare.js" */
/** @import { Listening } from "../store/region.js" */

/** Commands whose result is the source made better: only there do the two belong side by side. */
const REPAIRS = new Set(["upscale", "debug"]);
/** What `/upscale` has to say about its result besides figures. */
const NOTES = new Set(["resampled", "nothing_missing", "reach"]);
/** Below the noise of any file: numbers that say no more than rounding does. */
const INAUDIBLE_DB = -150;
const KEY = /^(track|upload):[0-9a-f]{32}$/;

/**
 * What the A/B switch plays: the source and the track; nothing where the track is no repaired source. A preview is
 * compared with its own spot.
 *
 * @param {TrackRecord} record
 * @returns {Side[]}
 */
function sidesOf(record) {
  const key = [record.parameters.source, ...(record.sources ?? [])].find((one) => typeof one === "string" && KEY.test(one));
  if (!key || !REPAIRS.has(record.command)) return [];
  const at_s = record.parameters.preview_at_s;
  const lufs = record.details?.source_loudness_lufs; // of the very part that was worked on
  const measured = typeof lufs === "number" ? { loudness_lufs: lufs } : {};
  const spot = typeof at_s === "number" ? { offset_s: at_s, length_s: record.duration_s } : {};
  return [
    { label: t("ui.compare.source"), key: String(key), ...spot, ...measured },
    { label: t("ui.compare.result"), key: `track:${record.id}`, loudness_lufs: record.levels.loudness_lufs },
  ];
}

/**
 * The measured figures that stand on the card, as words.
 *
 * @param {TrackRecord} record
 * @returns {{ name: string, value: string }[]}
 */
function figuresOf({ details = {} }) {
  const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const number = (/** @type {string} */ name) => (typeof details[name] === "number" ? Number(details[name]) : null);
  const found = [];
  const cutoff_hz = number("cutoff_hz");
  if (cutoff_hz !== null) found.push({ name: "cutoff", value: `${i18n.number(cutoff_hz / 1000, one)} ${t("unit.kHz")}` });
  for (const [name, field] of /** @type {const} */ ([["gained", "energy_gained_db"], ["low", "low_band_difference_db"]])) {
    const value = number(field);
    if (value === null) continue;
    const shown = value < INAUDIBLE_DB ? `< ${i18n.number(INAUDIBLE_DB)} ${t("unit.dB")}` : `${i18n.number(value, one)} ${t("unit.dB")}`;
    found.push({ name, value: shown });
  }
  return found;
}

/** Before and after: figures, one picture of both, and the switch between the two sounds. */
class BeforeAfter extends TrackElement {
  static properties = {
    listening: { attribute: false },
    pictureless: { state: true },
  };

  constructor() {
    super();
    /** @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
    /** The track whose picture cannot be had. */
    this.pictureless = "";
  }

  render() {
    const { app, record } = this;
    if (!app || !record) return nothing;
    const sides = sidesOf(record);
    const figures = figuresOf(record);
    const note = String(record.details?.note ?? "");
    const picture = record.picture_url && this.pictureless !== record.id ? record.picture_url : "";
    if (!sides.length && !figures.length && !picture) return nothing;
    return html`
      ${typeof record.parameters.preview_at_s === "number" ? html`<p class="hint" data-testid="is-preview">${t("ui.preview.is", { at: i18n.number(record.parameters.preview_at_s, { maximumFractionDigits: 1 }) })}</p>` : nothing}
      ${
        sides.length
          ? html`<compare-switch .app=${app} .sides=${sides} .listening=${this.listening}></compare-switch>`
          : nothing
      }
      ${
        figures.length
          ? html`<dl class="figures" data-testid="figures">
              ${figures.map(
                ({ name, value }) => html`<div>
                  <dt>${t(`ui.figure.${name}`)}</dt>
                  <dd data-testid="figure-${name}">${value}</dd>
                </div>`,
              )}
            </dl>`
          : nothing
      }
      ${NOTES.has(note) ? html`<p class="hint" data-testid="upscale-note">${t(`ui.upscale.note.${note}`)}</p>` : nothing}
      ${
        picture
          ? html`<figure class="before-after">
              <a href=${picture} target="_blank" title=${t("ui.picture.open")}>
                <img
                  data-testid="picture"
                  src=${picture}
                  alt=${t("ui.picture.alt", { name: record.title })}
                  @error=${() => (this.pictureless = record.id)}
                />
              </a>
              <figcaption class="hint">${t("ui.picture.caption")}</figcaption>
            </figure>`
          : nothing
      }
    `;
  }
}
customElements.define("before-after", BeforeAfter);
