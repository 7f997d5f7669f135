import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import * as api from "../../server/api.js";
import { TrackElement } from "../../ui/app-element.js";
import { icon } from "../../ui/icons.js";
import { fillSliders } from "../../ui/sliders.js";
import { controls } from "./controls.js";
import { matchParams, originalEdit, presetEdit, rematchParams } from "./edit.js";
import { Excerpt } from "./excerpt.js";
import { isNumber, matchOf, report } from "./report.js";
import "./export.js";
import "./presets.js";
import "./switch.js";

/** @import { Schema, TrackRecord, Values } from "../../core/types.js" */
/** @import { Side } from "../../sound/compare.js" */
/** @import { Listening } from "../../store/region.js" */
/** @import { App } from "../../store/app.js" */
/** @import { Edit } from "./edit.js" */
/** @import { Match } from "./report.js" */

const SPOT_S = 10;

/** Everything that a match found, to be heard, moved, rendered again, kept and taken elsewhere. */
class MatchPanel extends TrackElement {
  static properties = {
    listening: { attribute: false },
    edit: { state: true },
    schema: { state: true },
  };

  constructor() {
    super();
    /** @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
    /** @type {Edit | null} */
    this.edit = null;
    /** @type {Schema | null} */
    this.schema = null;
    this.shownId = "";
    this.excerpt = new Excerpt();
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
    this.own(
      this.excerpt.on("change", () => this.requestUpdate()),
      this.excerpt.on("failed", this.failed),
      () => this.excerpt.callOff(),
    );
    if (!this.schema) void api.matchSchema().then((schema) => (this.schema = schema), this.failed);
  }

  /** @type {(error: unknown) => void} */
  failed = (error) => {
    if (!(error instanceof DOMException && error.name === "AbortError")) this.app?.complain(api.bodyOf(error));
  };

  get match() {
    return this.record ? matchOf(this.record) : null;
  }

  /** @param {Map<string, unknown>} changes */
  willUpdate(changes) {
    if (changes.has("record") && this.record && this.record.id !== this.shownId) {
      this.shownId = this.record.id;
      this.edit = this.original;
      this.excerpt.drop();
    }
  }

  updated() {
    fillSliders(this);
  }

  /** The values with which the track was made. */
  get original() {
    const { match, record } = this;
    return match && record ? originalEdit(record, match) : null;
  }

  get touched() {
    return JSON.stringify(this.edit) !== JSON.stringify(this.original);
  }

  /** @param {Partial<Edit>} change */
  set(change) {
    const { match, record } = this;
    if (!this.edit || !match || !record) return;
    this.edit = { ...this.edit, ...change };
    this.app?.card.touch();
    if (!this.touched) return this.excerpt.drop();
    const keys = [record.parameters.source, record.parameters.reference].filter(Boolean).map(String);
    const from_s = match.places.result?.from_s ?? 0;
    this.excerpt.render({ params: matchParams(record, this.edit), keys, from_s, own_lufs: match.source_lufs });
  }

  /** @param {Values} values of a preset */
  use(values) {
    const { original } = this;
    try {
      if (original) this.set(presetEdit(original, values));
    } catch {
      this.app?.emit("notice", { level: "error", message: t("ui.match.preset.broken") });
    }
  }

  /** What A, B and the third button play. @param {TrackRecord} record @param {Match} match @returns {Side[]} */
  sides(record, match) {
    const { source, reference } = record.parameters;
    const { places } = match;
    const { key: excerpt, spot } = this.excerpt;
    const part = (/** @type {string} */ name, /** @type {string} */ key) => {
      const { from_s = 0, length_s, loudness_lufs } = places[name] ?? {};
      const length = spot ? { length_s: Math.min(SPOT_S, length_s ?? SPOT_S) } : length_s === undefined ? {} : { length_s };
      return { label: t(`ui.match.line.${name}`), key, offset_s: from_s, ...length, loudness_lufs: loudness_lufs ?? null };
    };
    const result = part("result", `track:${record.id}`);
    const before = part("source", String(source));
    const made = spot
      ? [
          { ...before, loudness_lufs: spot.facts.before_lufs },
          { label: t("ui.match.spot"), key: excerpt, loudness_lufs: spot.facts.loudness_lufs },
        ]
      : [before, result];
    return reference ? [...made, part("reference", String(reference))] : made;
  }

  /** @param {App} app @param {TrackRecord} record @param {Edit} edit */
  apply(app, record, edit) {
    const shown = `/match ${t("ui.match.again", { name: record.title })}`;
    void app.requests.submit({ name: "match", params: rematchParams(record, edit), shown, from: record.id });
  }

  /** What the excerpt came out as. */
  state() {
    const { spot, working } = this.excerpt;
    if (working) return html`<p class="hint" role="status" data-testid="spot-state">${t("ui.match.working")}</p>`;
    if (!spot) return html`<p class="hint" data-testid="spot-state">${t("ui.match.whole")}</p>`;
    const { loudness_lufs: lufs, true_peak_dbtp: peak, limiter_db, limited_share } = spot.facts;
    const size = { maximumFractionDigits: 1 };
    const words = [
      t("ui.match.spot.hint", { seconds: SPOT_S }),
      ...(isNumber(lufs) ? [`${i18n.number(Number(lufs), size)} LUFS`] : []),
      ...(isNumber(peak) ? [`${i18n.number(Number(peak), size)} dBTP`] : []),
      t("ui.match.limited", { share: i18n.percent(limited_share), gain_db: i18n.number(limiter_db, size) }),
    ];
    return html`<p class="hint" role="status" data-testid="spot-state">${words.join(" · ")}</p>`;
  }

  /** @param {App} app @param {TrackRecord} record @param {Edit} edit */
  actions(app, record, edit) {
    const busy = !app.ready || !app.settings.find("match");
    return html`
      <div class="match-actions">
        <button
          class="button small primary"
          data-testid="match-apply"
          ?disabled=${busy || !this.touched}
          @click=${() => this.apply(app, record, edit)}
        >
          ${t("ui.match.apply")}
        </button>
        <button
          class="button small"
          data-testid="match-undo"
          ?disabled=${!this.touched}
          @click=${() => this.set(this.original ?? {})}
        >
          ${icon("reset")} ${t("ui.match.undo")}
        </button>
      </div>
    `;
  }

  render() {
    const { app, record, match, edit } = this;
    if (!app || !record || !match || !edit) return nothing;
    const command = app.settings.find("match");
    const rate_hz = Number(record.parameters.sample_rate ?? 48_000);
    return html`
      <section class="match" aria-labelledby="match-title" data-testid="match" aria-busy=${this.excerpt.working}>
        <h3 id="match-title">${t("ui.match")}</h3>
        <match-switch .app=${app} .pieces=${this.excerpt.pieces} .sides=${this.sides(record, match)} .listening=${this.listening}></match-switch>
        ${
          match.stem_styles
            ? html`<p class="hint" data-testid="stem-wise">${t("ui.match.stem_wise")}</p>`
            : html`
                ${this.state()} ${controls(edit, this.schema, rate_hz, (change) => this.set(change))}
                ${this.actions(app, record, edit)}
              `
        }
        ${report(match)}
        ${
          command && !match.stem_styles
            ? html`<match-presets
                .app=${app}
                .command=${command}
                .values=${matchParams(record, edit)}
                @use=${(/** @type {CustomEvent<Values>} */ event) => this.use(event.detail)}
              ></match-presets>`
            : nothing
        }
        <match-export .app=${app} .record=${record} .styled=${edit.style}></match-export>
      </section>
    `;
  }
}
customElements.define("match-panel", MatchPanel);
