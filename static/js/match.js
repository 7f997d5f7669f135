import { html, nothing } from "/static/vendor/lit/index.js";
import { live } from "/static/vendor/lit/directives/live.js";
import * as api from "./api.js";
import { PageElement } from "./element.js";
import { fillSliders } from "./field.js";
import { save } from "./files.js";
import { i18n, t } from "./i18n.js";
import { icon } from "./icons.js";
import { isObject } from "./json.js";
import { ASPECTS, changed, fromSlider, knobs, PARTS, plainPart, toSlider } from "./match-style.js";
import "./match-eq.js";
import "./match-plot.js";
import "./match-presets.js";
import "./match-switch.js";

/** @import { App } from "./app.js" */
/** @import { Spot } from "./api.js" */
/** @import { Side } from "./compare.js" */
/** @import { Chart } from "./match-plot.js" */
/** @import { EqBand, Knob, Style } from "./match-style.js" */
/** @import { Listening } from "./stems.js" */
/** @import { Schema, TrackRecord, Values } from "./types.js" */

/** @typedef {(typeof ASPECTS)[number]} Aspect */
/** @typedef {{ style: Style, aspects: readonly Aspect[], amount: number, ceiling_dbtp: number }} Edit what the user has in hand */

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
 * @property {Record<string, Chart>} charts
 * @property {Values} [stem_styles] the style of each stem, where they were matched one by one
 */

const SPOT_S = 10;
const WAIT_MS = 150;
const SPOT_KEY = "spot:";
/** In the order of the chain. */
const ORDER = /** @type {const} */ (["pitch", "compressor", "exciter", "reverb", "stereo", "lufs", "limiter"]);
/** Each with the aspect that it serves. */
const EQUALISERS = /** @type {const} */ ([
  ["eq", "tone"],
  ["side_eq", "width"],
]);
const FORMS = /** @type {const} */ (["json", "ir_wav", "equalizer_apo", "camilladsp", "vstpreset", "zip"]);

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** @param {Record<string, number>} values @returns {Record<string, string>} as people write them */
const numbers = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, i18n.number(value, { maximumFractionDigits: 2 })]));

/** @param {TrackRecord} record @returns {Match | null} */
export function matchOf(record) {
  const held = record.details?.match;
  return isObject(held) && isObject(held.style_params) ? /** @type {Match} */ (/** @type {unknown} */ (held)) : null;
}

/** @param {unknown} text as the parameter has it @returns {readonly Aspect[]} */
function aspectsOf(text) {
  const names = String(text ?? "all").split(",");
  return names.includes("all") ? ASPECTS : ASPECTS.filter((name) => names.includes(name));
}

/** Everything that a match found, to be heard, moved, rendered again, kept and taken elsewhere. */
class MatchPanel extends PageElement {
  static properties = {
    app: { attribute: false },
    record: { attribute: false },
    listening: { attribute: false },
    edit: { state: true },
    schema: { state: true },
    spot: { state: true },
    working: { state: true },
    form: { state: true },
  };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
    /** @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
    /** @type {Edit | null} */
    this.edit = null;
    /** @type {Schema | null} */
    this.schema = null;
    /** The excerpt with the present values; null while they are those of the track. @type {Spot | null} */
    this.spot = null;
    this.working = false;
    this.form = "json";
    this.shownId = "";
    this.spots = 0;
    /** @type {Map<string, Spot>} */
    this.pieces = new Map();
    this.timer = 0;
    /** @type {AbortController | null} */
    this.asking = null;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
    this.own(() => this.callOff());
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
      this.edit = this.original();
      this.drop();
    }
  }

  updated() {
    fillSliders(this);
  }

  /** The values with which the track was made. @returns {Edit | null} */
  original() {
    const { match, record } = this;
    if (!match || !record) return null;
    const { aspects, amount, ceiling_dbtp } = record.parameters;
    return {
      style: match.style_params,
      aspects: aspectsOf(aspects),
      amount: Number(amount ?? 100),
      ceiling_dbtp: Number(ceiling_dbtp ?? -1),
    };
  }

  get touched() {
    return JSON.stringify(this.edit) !== JSON.stringify(this.original());
  }

  callOff() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
    this.working = false;
  }

  drop() {
    this.callOff();
    this.spot = null;
    this.pieces = new Map();
  }

  /** @param {Partial<Edit>} change */
  set(change) {
    if (!this.edit) return;
    this.edit = { ...this.edit, ...change };
    if (!this.touched) return this.drop();
    this.callOff();
    this.working = true;
    this.timer = window.setTimeout(() => void this.listen_in(), WAIT_MS);
  }

  /** What `/match` is asked for. @param {Edit} edit @returns {Values} */
  params({ style, aspects, amount, ceiling_dbtp }) {
    const { source, reference, mode, impulse_response } = this.record?.parameters ?? {};
    const given = Object.entries({ source, reference, mode, impulse_response }).filter(([, value]) => value);
    return {
      ...Object.fromEntries(given),
      aspects: aspects.length === ASPECTS.length ? "all" : aspects.join(",") || "none",
      amount,
      ceiling_dbtp,
      style: JSON.stringify(style),
    };
  }

  /** Where the comparison begins in the result, seconds. */
  get from_s() {
    return this.match?.places.result?.from_s ?? 0;
  }

  /** Has the excerpt rendered with the present values. */
  async listen_in() {
    const { edit, match, record } = this;
    if (!edit || !match || !record) return;
    const asking = (this.asking = new AbortController());
    try {
      const keys = [record.parameters.source, record.parameters.reference].filter(Boolean).map(String);
      const rates = await Promise.all(keys.map(async (key) => (await api.sound(key)).rate_hz));
      const body = {
        params: this.params(edit),
        from_s: this.from_s,
        rate_hz: Math.max(8000, ...rates),
        own_lufs: match.source_lufs,
      };
      const spot = await api.matchSpot(body, asking.signal);
      if (this.asking !== asking) return;
      this.spots += 1;
      this.pieces = new Map([[`${SPOT_KEY}${this.spots}`, spot]]);
      this.spot = spot;
    } catch (error) {
      if (this.asking === asking) this.failed(error);
    } finally {
      if (this.asking === asking) {
        this.asking = null;
        this.working = false;
      }
    }
  }

  /** What A, B and the third button play. @param {TrackRecord} record @param {Match} match @returns {Side[]} */
  sides(record, match) {
    const { source, reference } = record.parameters;
    const { places } = match;
    const { spot } = this;
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
          { label: t("ui.match.spot"), key: `${SPOT_KEY}${this.spots}`, loudness_lufs: spot.facts.loudness_lufs },
        ]
      : [before, result];
    return reference ? [...made, part("reference", String(reference))] : made;
  }

  /** @param {Aspect} aspect */
  toggle(aspect) {
    const { edit } = this;
    if (!edit) return;
    this.set({ aspects: ASPECTS.filter((name) => edit.aspects.includes(name) !== (name === aspect)) });
  }

  /** @param {Values} values of a preset */
  use(values) {
    const original = this.original();
    if (!original) return;
    let style = original.style;
    try {
      if (values.style) style = JSON.parse(String(values.style));
    } catch {
      return this.app?.emit("notice", { level: "error", message: t("ui.match.preset.broken") });
    }
    const { aspects, amount, ceiling_dbtp } = values;
    this.set({
      style,
      aspects: aspects === undefined ? original.aspects : aspectsOf(aspects),
      amount: Number(amount ?? original.amount),
      ceiling_dbtp: Number(ceiling_dbtp ?? original.ceiling_dbtp),
    });
  }

  /** @param {App} app @param {Edit} edit */
  apply(app, edit) {
    const made = this.record?.parameters ?? {};
    const params = {
      ...this.params(edit),
      ...Object.fromEntries(["format", "bit_depth", "sample_rate"].map((name) => [name, made[`${name}_requested`] ?? made[name]])),
      ...(this.record?.artist ? { artist: this.record.artist } : {}),
    };
    void app.submit({ name: "match", params, shown: `/match ${t("ui.match.again", { name: this.record?.name ?? "" })}` });
  }

  /** @param {Edit} edit */
  async export(edit) {
    const { record } = this;
    if (!record) return;
    const rate_hz = Number(record.parameters.sample_rate ?? 48_000);
    try {
      const file = await api.matchExport({ style: edit.style, form: this.form, rate_hz, name: record.name });
      save(file.name, file.content.type, file.content);
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * @param {string} id
   * @param {string} title
   * @param {Knob} knob
   * @param {(value: number) => void} set
   */
  slider(id, title, knob, set) {
    const unit = knob.unit && i18n.has(`unit.${knob.unit}`) ? t(`unit.${knob.unit}`) : knob.unit;
    const said = `${i18n.number(knob.value, { maximumFractionDigits: 2 })} ${unit}`.trim();
    return html`
      <div class="match-knob">
        <label for=${id}>${title}</label>
        <output for=${id}>${said}</output>
        <input
          id=${id}
          class="slider"
          type="range"
          min="0"
          max="1000"
          step="1"
          data-testid=${id}
          aria-valuetext=${said}
          .value=${live(String(toSlider(knob)))}
          @input=${(/** @type {Event} */ event) =>
            set(fromSlider(knob, Number(/** @type {HTMLInputElement} */ (event.target).value)))}
        />
      </div>
    `;
  }

  /** @param {Edit} edit @param {(typeof ORDER)[number]} part */
  partOf(edit, part) {
    const { schema } = this;
    if (!schema) return nothing;
    const aspect = ASPECTS.find((name) => PARTS[name].some((own) => own === part));
    const title = t(`ui.match.part.${part}`);
    const held = edit.style[part];
    const bands = isObject(held) && Array.isArray(held.bands) ? held.bands.length : 0;
    const named = (/** @type {Knob} */ { path, name }) =>
      bands > 1 && typeof path.at(-2) === "number"
        ? t("ui.match.band", { name: t(`ui.match.field.${name}`), number: Number(path.at(-2)) + 1 })
        : t(`ui.match.field.${name}`);
    return html`
      <fieldset class="match-part" data-part=${part} ?data-off=${aspect && !edit.aspects.includes(aspect)}>
        <legend>${title}</legend>
        ${
          isObject(held)
            ? knobs(edit.style, part, schema).map((knob) =>
                this.slider(`match-${knob.path.join("-")}`, named(knob), knob, (value) =>
                  this.set({ style: changed(edit.style, knob.path, value) }),
                ),
              )
            : html`<button
                class="button small quiet"
                data-testid="add-${part}"
                @click=${() => this.set({ style: changed(edit.style, [part], plainPart(part, schema)) })}
              >
                ${t("ui.match.add", { name: title })}
              </button>`
        }
      </fieldset>
    `;
  }

  /** @param {Edit} edit */
  aims(edit) {
    const amount = { path: [], name: "amount", value: edit.amount, minimum: 0, maximum: 100, unit: "%" };
    const ceiling = { path: [], name: "ceiling_dbtp", value: edit.ceiling_dbtp, minimum: -20, maximum: 0, unit: "dBTP" };
    return html`
      <fieldset class="match-aspects">
        <legend>${t("ui.match.field.aspects")}</legend>
        <div class="segments wrapping">
          ${ASPECTS.map(
            (aspect) => html`
              <label class="segment">
                <input
                  type="checkbox"
                  data-testid="aspect-${aspect}"
                  .checked=${live(edit.aspects.includes(aspect))}
                  @change=${() => this.toggle(aspect)}
                />
                <span>${t(`ui.match.aspect.${aspect}`)}</span>
              </label>
            `,
          )}
        </div>
      </fieldset>
      ${this.slider("match-amount", t("ui.match.field.amount"), amount, (value) => this.set({ amount: Math.round(value) }))}
      ${this.slider("match-ceiling", t("ui.match.field.tp_db"), ceiling, (value) => this.set({ ceiling_dbtp: value }))}
    `;
  }

  /** @param {Match} match */
  metrics({ metrics: { before, after } }) {
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
  decisions({ decisions = [] }) {
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

  /** What the excerpt came out as. */
  heard() {
    if (this.working) return html`<p class="hint" role="status" data-testid="spot-state">${t("ui.match.working")}</p>`;
    const { spot } = this;
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

  /** @param {App} app @param {Edit} edit */
  deeds(app, edit) {
    const busy = !app.connected || app.sending || !app.wishes.find("match");
    return html`
      <div class="match-deeds">
        <button
          class="button small primary"
          data-testid="match-apply"
          ?disabled=${busy || !this.touched}
          @click=${() => this.apply(app, edit)}
        >
          ${t("ui.match.apply")}
        </button>
        <button
          class="button small"
          data-testid="match-undo"
          ?disabled=${!this.touched}
          @click=${() => this.set(this.original() ?? {})}
        >
          ${icon("reset")} ${t("ui.match.undo")}
        </button>
      </div>
    `;
  }

  /** @param {TrackRecord} record @param {Edit} edit */
  takeaway(record, edit) {
    return html`
      <div class="match-deeds" role="group" aria-label=${t("ui.match.export")}>
        <select
          class="select"
          data-testid="match-form"
          aria-label=${t("ui.match.form")}
          @change=${(/** @type {Event} */ event) => (this.form = /** @type {HTMLSelectElement} */ (event.target).value)}
        >
          ${FORMS.map((form) => html`<option value=${form} ?selected=${form === this.form}>${t(`ui.match.form.${form}`)}</option>`)}
        </select>
        <button class="button small" data-testid="match-export" @click=${() => void this.export(edit)}>
          ${icon("download")} ${t("ui.match.export")}
        </button>
        <a class="button small quiet" data-testid="match-data" href=${api.matchUrl(record.id)} download="${record.name}.match.json">
          ${icon("download")} ${t("ui.match.data")}
        </a>
      </div>
    `;
  }

  render() {
    const { app, record, match, edit } = this;
    if (!app || !record || !match || !edit) return nothing;
    const command = app.wishes.find("match");
    return html`
      <section class="match" aria-labelledby="match-title" data-testid="match" aria-busy=${this.working}>
        <h3 id="match-title">${t("ui.match")}</h3>
        <match-switch .app=${app} .pieces=${this.pieces} .sides=${this.sides(record, match)} .listening=${this.listening}></match-switch>
        ${match.stem_styles ? html`<p class="hint" data-testid="stem-wise">${t("ui.match.stem_wise")}</p>` : this.editor(app, record, edit)}
        ${this.metrics(match)}
        <details class="section" data-testid="match-charts" open>
          <summary>${t("ui.match.charts")}</summary>
          ${Object.entries(match.charts ?? {}).map(([name, chart]) => html`<match-plot .name=${name} .chart=${chart}></match-plot>`)}
        </details>
        ${this.decisions(match)}
        ${
          command && !match.stem_styles
            ? html`<match-presets
                .app=${app}
                .command=${command}
                .values=${this.params(edit)}
                @use=${(/** @type {CustomEvent<Values>} */ event) => this.use(event.detail)}
              ></match-presets>`
            : nothing
        }
        ${this.takeaway(record, edit)}
      </section>
    `;
  }

  /** Everything that can be moved. @param {App} app @param {TrackRecord} record @param {Edit} edit */
  editor(app, record, edit) {
    return html`
      ${this.heard()} ${this.aims(edit)}
        ${EQUALISERS.map(
          ([part, aspect]) => html`
            <match-eq
              .name=${part}
              .bands=${edit.style[part] ?? []}
              .rate_hz=${Number(record.parameters.sample_rate ?? 48_000)}
              .off=${!edit.aspects.includes(aspect)}
              @bands=${(/** @type {CustomEvent<EqBand[]>} */ event) =>
                this.set({ style: { ...edit.style, [part]: event.detail } })}
            ></match-eq>
          `,
        )}
        <details class="section" data-testid="match-values">
          <summary>${t("ui.match.values")}</summary>
          ${ORDER.map((part) => this.partOf(edit, part))}
        </details>
        ${this.deeds(app, edit)}
    `;
  }
}
customElements.define("match-panel", MatchPanel);
