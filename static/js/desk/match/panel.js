import { html, nothing } from "/static/vendor/lit/index.js";
import { live } from "/static/vendor/lit/directives/live.js";
import * as api from "../../server/api.js";
import { TrackElement } from "../../ui/app-element.js";
import { fillSliders } from "../../ui/sliders.js";
import { i18n, t } from "../../core/i18n.js";
import { icon } from "../../ui/icons.js";
import { isObject } from "../../core/json.js";
import { slider } from "./knob.js";
import { isNumber, matchOf, report } from "./report.js";
import { ASPECTS, changed, knobs, PARTS, plainPart } from "./style.js";
import "./eq.js";
import "./export.js";
import "./presets.js";
import "./switch.js";

/** @import { App } from "../../store/app.js" */
/** @import { Spot } from "../../server/api.js" */
/** @import { Side } from "../../sound/compare.js" */
/** @import { Match } from "./report.js" */
/** @import { EqBand, Knob, Style } from "./style.js" */
/** @import { Listening } from "../../sound/region.js" */
/** @import { Schema, TrackRecord, Values } from "../../core/types.js" */

/** @typedef {(typeof ASPECTS)[number]} Aspect */
/** @typedef {{ style: Style, aspects: readonly Aspect[], amount: number, ceiling_dbtp: number }} Edit what the user has in hand */

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

/** @param {unknown} text as the parameter has it @returns {readonly Aspect[]} */
function aspectsOf(text) {
  const names = String(text ?? "all").split(",");
  return names.includes("all") ? ASPECTS : ASPECTS.filter((name) => names.includes(name));
}

/** Everything that a match found, to be heard, moved, rendered again, kept and taken elsewhere. */
class MatchPanel extends TrackElement {
  static properties = {
    listening: { attribute: false },
    edit: { state: true },
    schema: { state: true },
    spot: { state: true },
    working: { state: true },
  };

  constructor() {
    super();
    /** @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
    /** @type {Edit | null} */
    this.edit = null;
    /** @type {Schema | null} */
    this.schema = null;
    /** The excerpt with the present values; null while they are those of the track. @type {Spot | null} */
    this.spot = null;
    this.working = false;
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
      ceiling_dbtp: Number(ceiling_dbtp ?? 0),
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
      ...Object.fromEntries(["format", "bit_depth", "sample_rate", "peaks"].map((name) => [name, made[`${name}_requested`] ?? made[name]])),
      ...(this.record?.artist ? { artist: this.record.artist } : {}),
    };
    void app.requests.submit({ name: "match", params, shown: `/match ${t("ui.match.again", { name: this.record?.name ?? "" })}` });
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
                slider(`match-${knob.path.join("-")}`, named(knob), knob, (value) =>
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
      ${slider("match-amount", t("ui.match.field.amount"), amount, (value) => this.set({ amount: Math.round(value) }))}
      ${slider("match-ceiling", t("ui.match.field.tp_db"), ceiling, (value) => this.set({ ceiling_dbtp: value }))}
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
    const busy = !app.ready || !app.wishes.find("match");
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

  render() {
    const { app, record, match, edit } = this;
    if (!app || !record || !match || !edit) return nothing;
    const command = app.wishes.find("match");
    return html`
      <section class="match" aria-labelledby="match-title" data-testid="match" aria-busy=${this.working}>
        <h3 id="match-title">${t("ui.match")}</h3>
        <match-switch .app=${app} .pieces=${this.pieces} .sides=${this.sides(record, match)} .listening=${this.listening}></match-switch>
        ${match.stem_styles ? html`<p class="hint" data-testid="stem-wise">${t("ui.match.stem_wise")}</p>` : this.editor(app, record, edit)}
        ${report(match)}
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
        <match-export .app=${app} .record=${record} .styled=${edit.style}></match-export>
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
