import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../../core/i18n.js";
import { isObject } from "../../core/json.js";
import "./plot.js";

/** @import { TrackRecord, Values } from "../../core/types.js" */
/** @import { Chart } from "./plot.js" */
/** @import { Style } from "./style.js" */

/**
 * What a match left in its track's record, `details.match`.
 *
 * @typedef {object} Match
 * @property {Style} style_params
 * @property {string} mode
 * @property {number | null} source_lufs
 * @property {Record<string, { from_s: number, length_s: number, loudness_lufs: number | null }>} places the loudest half minute of
 *   `source`, `result` and `reference`
 * @property {{ before: Values, after: Values }} metrics
 * @property {{ aspect: string, reason: string, confidence: number, values?: Record<string, number> }[]} decisions
 * @property {{ delay_s: number, polarity: number, swap_channels: boolean, trimmed: boolean } | null} [aligned] how the
 *   track lay against the reference
 * @property {[number, number][]} [unmatched] from and to, in seconds of the track, what the reference has no counterpart of
 * @property {Record<string, { offset: number, rumble: boolean }>} [subsonic] what was taken off `source` and `reference`
 * @property {Record<string, Chart>} charts
 * @property {Values} [stem_styles] the style of each stem, where they were matched one by one
 */

/** @param {unknown} value @returns {value is number} */
export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** @param {Record<string, number>} values @returns {Record<string, string>} as people write them */
const numbers = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, i18n.number(value, { maximumFractionDigits: 2 })]));

/** @param {TrackRecord} record @returns {Match | null} */
export function matchOf(record) {
  const held = record.details?.match;
  return isObject(held) && isObject(held.style_params) ? /** @type {Match} */ (/** @type {unknown} */ (held)) : null;
}

/** How close a match came, what it looks like, and why each value is what it is. @param {Match} match */
export function report(match) {
  return html`
    ${alignedOf(match)} ${unmatchedOf(match)} ${subsonicOf(match)} ${metricsOf(match)}
    <details class="section" data-testid="match-charts" open>
      <summary>${t("ui.match.charts")}</summary>
      ${Object.entries(match.charts ?? {}).map(([name, chart]) => html`<match-plot .name=${name} .chart=${chart}></match-plot>`)}
    </details>
    ${decisionsOf(match)}
  `;
}

/** What an alignment did to the track. @param {Match} match */
function alignedOf({ aligned }) {
  if (!aligned) return nothing;
  const { delay_s, polarity, swap_channels, trimmed } = aligned;
  const parts = [
    delay_s ? t(`ui.match.aligned.${trimmed ? "trimmed" : "kept"}`, { delay_s: i18n.number(delay_s, { maximumFractionDigits: 3 }) }) : "",
    polarity < 0 ? t("ui.match.aligned.polarity") : "",
    swap_channels ? t("ui.match.aligned.channels") : "",
  ].filter(Boolean);
  return html`<p class="hint" data-testid="match-aligned">${t("ui.match.aligned", { parts: parts.join("; ") })}</p>`;
}

/** What of the track had nothing in the reference to be compared with. @param {Match} match */
function unmatchedOf({ unmatched = [] }) {
  if (!unmatched.length) return nothing;
  const parts = unmatched.map(([from, to]) => `${clock(from)}–${clock(to)}`).join(", ");
  return html`<p class="hint" data-testid="match-unmatched">${t("ui.match.unmatched", { parts })}</p>`;
}

/** What lay below hearing and was taken off. @param {Match} match */
function subsonicOf({ subsonic = {} }) {
  const parts = Object.entries(subsonic).flatMap(([name, { offset, rumble }]) => [
    offset ? t(`ui.match.subsonic.${name}.offset`, { offset: i18n.number(offset, { maximumSignificantDigits: 2 }) }) : "",
    rumble ? t(`ui.match.subsonic.${name}.rumble`) : "",
  ]);
  const said = parts.filter(Boolean).join("; ");
  return said ? html`<p class="hint" data-testid="match-subsonic">${t("ui.match.subsonic", { parts: said })}</p>` : nothing;
}

/** @param {Match} match */
function metricsOf({ metrics: { before, after } }) {
  const names = Object.keys(after).filter((name) => isNumber(after[name]) && i18n.has(`ui.match.metric.${name}`));
  const shown = (/** @type {unknown} */ value) =>
    isNumber(value) ? i18n.number(Number(value), { maximumSignificantDigits: 3 }) : "–";
  if (!names.length) return nothing;
  return html`
    <table class="match-metrics" data-testid="match-metrics">
      <caption>${t("ui.match.metrics")}</caption>
      <thead>
        <tr>
          <th scope="col">${t("ui.match.metric")}</th>
          <th scope="col">${t("ui.match.before")}</th>
          <th scope="col">${t("ui.match.after")}</th>
        </tr>
      </thead>
      <tbody>
        ${names.map(
          (name) => html`<tr>
            <th scope="row">${t(`ui.match.metric.${name}`)}</th>
            <td>${shown(before[name])}</td>
            <td>${shown(after[name])}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

/** @param {Match} match */
function decisionsOf({ decisions = [] }) {
  if (!decisions.length) return nothing;
  return html`
    <details class="section" data-testid="match-decisions">
      <summary>${t("ui.match.decisions")}</summary>
      <ul class="match-decisions">
        ${decisions.map(
          ({ aspect, reason, confidence, values = {} }) => html`
            <li>
              <strong>${t(`ui.match.aspect.${aspect}`)}:</strong> ${t(`ui.match.decision.${reason}`, numbers(values))}
              <span class="hint">${t("ui.match.confidence", { share: i18n.percent(confidence) })}</span>
            </li>
          `,
        )}
      </ul>
    </details>
  `;
}
