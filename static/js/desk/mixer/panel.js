import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import * as api from "../../server/api.js";
import { MOST_HEARD } from "../../sound/layouts.js";
import { setMediaKeys, showInMediaSession } from "../../sound/media-session.js";
import { StemPlayer } from "../../sound/stem-player.js";
import { Timeline } from "../../sound/timeline.js";
import { TransportElement } from "../../sound/transport-element.js";
import { icon } from "../../ui/icons.js";
import { askForMix } from "./export.js";
import { PLAIN, audible, decibels, loudness, recalled, remember, untouched } from "./levels.js";
import "./lane.js";

/** @import { Peaks, StemFile, TrackRecord } from "../../core/types.js" */
/** @import { App } from "../../store/app.js" */
/** @import { LoadPeaks } from "../../sound/peak-source.js" */
/** @import { Lane, Lanes } from "./levels.js" */

const MOMENT_MS = 100;
const FULL_SCALE = 1;

/** The rate of a stem; records of earlier versions do not tell it. @param {StemFile} stem */
const rateOf = (stem) => stem.rate_hz ?? Math.round(stem.samples / Math.max(stem.duration_s, 1e-6));

/** The stems of the card's track, played together and mixed. What is heard is what an export holds. */
class StemMixer extends TransportElement {
  static properties = {
    ...TransportElement.properties,
    record: { attribute: false },
    timeline: { attribute: false },
    lanes: { state: true },
    peaks: { state: true },
    peak: { state: true },
  };

  kind = "mixer";
  name = "mixer";

  constructor() {
    super();
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
    /** What of the track is in view. */
    this.timeline = new Timeline();
    /** @type {Lanes} */
    this.lanes = {};
    /** Waveforms by the stem's name, as far as they can be had. @type {Readonly<Record<string, Peaks>>} */
    this.peaks = {};
    /** Highest sample since the sound began; 0 before. */
    this.peak = 0;
    /** What the media keys show. @type {MediaSessionPlaybackState} */
    this.session = "none";
    this.momentAt = 0;
    /** Where the sound was when it was last looked at, seconds. */
    this.before_s = 0;
  }

  attend() {
    super.attend();
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
    this.own(this.timeline.on("change", () => this.place()));
  }

  yield() {
    super.yield();
    this.setSession("none");
  }

  get stems() {
    return this.record?.stems ?? [];
  }

  /** What is mixed: a track, and which stems of it. */
  get key() {
    return [this.record?.id, ...this.stems.map(({ name }) => name)].join(" ");
  }

  get rate_hz() {
    return rateOf(/** @type {StemFile} */ (this.stems[0]));
  }

  get duration_s() {
    return Math.max(...this.stems.map((stem) => stem.samples)) / this.rate_hz;
  }

  /** Stems of different rates cannot be added. */
  get mixable() {
    return this.stems.every((stem) => rateOf(stem) === this.rate_hz);
  }

  get pannable() {
    return this.stems.every((stem) => (stem.channels ?? 2) <= 2);
  }

  release() {
    super.release();
    this.setSession("none");
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!this.record || !this.isConnected) return;
    if (this.key !== this.shown) this.show(this.record);
    else if (changed.has("listening")) this.follow();
  }

  /** @param {TrackRecord} record */
  show(record) {
    this.release();
    this.shown = this.key;
    this.second = this.peak = 0;
    const { storage } = /** @type {App} */ (this.app);
    this.lanes = recalled(
      storage,
      record.id,
      this.stems.map((stem) => stem.name),
    );
    this.use(new StemPlayer({
      stems: this.stems.map(({ name, samples, channels }) => ({ name, samples, channels: Math.min(channels ?? 2, MOST_HEARD) })),
      rate_hz: this.rate_hz,
      load: (name, from, count, signal) => api.stemSamples(record.id, name, from, count, signal),
    }));
    this.applyLevels();
    void this.draw(record);
  }

  /** The server's word, or that of a browser that cannot play this. @param {unknown} error */
  explained(error) {
    if (!(error instanceof DOMException)) return api.bodyOf(error);
    return { code: "INTERNAL", message: t("ui.mixer.unplayable", { rate_hz: i18n.number(this.rate_hz) }) };
  }

  /** @param {TrackRecord} record */
  async draw(record) {
    const { key } = this;
    this.peaks = {};
    for (const { name } of record.stems ?? []) {
      const peaks = await api.stemPeaks(record.id, name).catch(() => null); // the lane works without its picture
      if (this.shown !== key || !this.isConnected) return;
      if (peaks) this.peaks = { ...this.peaks, [name]: peaks };
    }
  }

  /** What stretches the highest of all waveforms to the height of its lane. */
  get scale() {
    const highest = Math.max(
      0,
      ...Object.values(this.peaks).map(({ peaks: [high = [], low = []] }) => Math.max(...high, ...low.map((v) => -v))),
    );
    return highest > 0.05 ? Math.max(1, 0.95 / highest) : 1;
  }

  applyLevels() {
    for (const [name, { pan }] of Object.entries(this.lanes)) {
      this.player?.setLevel(name, loudness(this.lanes, name), pan);
    }
  }

  /** @param {StemPlayer} player */
  changed(player) {
    if (player.playing !== this.playing) this.setSession(player.playing ? "playing" : "paused");
    super.changed(player);
  }

  /** @param {number} at_s @param {StemPlayer} player */
  moment(at_s, player) {
    this.place();
    this.timeline.follow(this.before_s, at_s);
    this.before_s = at_s;
    const now = performance.now();
    if (now - this.momentAt > MOMENT_MS || !player.playing) {
      this.momentAt = now;
      this.dispatchEvent(new CustomEvent("moment", { detail: at_s }));
    }
    if (player.playing) this.peak = Math.max(this.peak, player.peak);
  }

  /**
   * The media keys and the lock screen belong to the mixer from its first sound until another player begins.
   *
   * @param {MediaSessionPlaybackState} state
   */
  setSession(state) {
    if (!this.record || state === this.session) return;
    this.session = state;
    const act = state === "none" ? null : () => this.toggle();
    setMediaKeys({ play: act, pause: act });
    if (navigator.mediaSession) navigator.mediaSession.playbackState = state;
    if (state === "playing") showInMediaSession(this.record);
  }

  toggle() {
    if (!this.playing) this.peak = 0;
    super.toggle();
  }

  /** @param {string} name @param {Partial<Lane>} change */
  change(name, change) {
    this.lanes = { ...this.lanes, [name]: { ...(this.lanes[name] ?? PLAIN), ...change } };
    this.app?.card.touch();
    this.kept();
  }

  reset() {
    this.lanes = Object.fromEntries(this.stems.map(({ name }) => [name, PLAIN]));
    this.kept();
  }

  kept() {
    this.applyLevels();
    this.peak = 0;
    if (this.record && this.app) remember(this.app.storage, this.record.id, this.lanes);
  }

  /** @param {TrackRecord} record @param {string} name @returns {LoadPeaks} of a stem */
  loadPeaks = (record, name) => (from_s, to_s, points, signal) =>
    api.stemPeaks(record.id, name, { from_s, to_s, points }, signal);

  updated() {
    this.place();
  }

  /** Puts playhead and region where they lie in the view; the style sheet cannot know. */
  place() {
    const lanes = /** @type {HTMLElement | null} */ (this.querySelector(".lanes"));
    if (!lanes) return;
    const { region } = this.listening;
    const put = (/** @type {string} */ name, /** @type {number} */ at_s) =>
      lanes.style.setProperty(name, `${100 * this.timeline.share(at_s)}%`);
    put("--view", this.player?.at_s ?? 0);
    put("--from", region?.from_s ?? 0);
    put("--to", region?.to_s ?? 0);
  }

  /** The highest level since the start: above 0 dB a file of whole numbers would be cut. */
  level() {
    const level = decibels(this.peak);
    if (level === null) return nothing;
    const over = this.peak > FULL_SCALE;
    const value = i18n.number(level, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
    return html`
      <span class="mixer-peak" data-testid="mixer-peak" data-over=${over} title=${t(over ? "ui.mixer.peak.over" : "ui.mixer.peak.hint")}>
        ${over ? icon("warning") : nothing} ${t("ui.mixer.peak", { value })}
      </span>
    `;
  }

  render() {
    const { app, record } = this;
    if (!app || !record || !this.stems.length) return nothing;
    const sounding = new Set(audible(this.lanes));
    return html`
      <section class="player mixer" aria-labelledby="mixer-title" data-testid="mixer" data-playing=${this.playing}>
        <div class="mixer-head">
          <h3 id="mixer-title">${t("ui.mixer")}</h3>
          ${this.level()}
          <button
            class="icon-button"
            data-testid="mixer-reset"
            aria-label=${t("ui.mixer.reset")}
            title=${t("ui.mixer.reset")}
            ?disabled=${untouched(this.lanes)}
            @click=${this.reset}
          >
            ${icon("reset")}
          </button>
        </div>
        ${this.mixable ? this.transport(t(this.playing ? "ui.mixer.pause" : "ui.mixer.play")) : html`<p class="player-error">${t("ui.mixer.rates")}</p>`}
        <div class="lanes" data-region=${this.listening.region !== null}>
          ${this.stems.map(
            (stem) => html`
              <stem-lane
                .stem=${stem}
                .lane=${this.lanes[stem.name] ?? PLAIN}
                .sounds=${sounding.has(stem.name)}
                .pannable=${this.pannable}
                .busy=${!app.ready || !app.owns(record)}
                .timeline=${this.timeline}
                .load=${this.loadPeaks(record, stem.name)}
                .peaks=${this.peaks[stem.name] ?? null}
                .scale=${this.scale}
                @lane=${(/** @type {CustomEvent<Partial<Lane>>} */ event) => this.change(stem.name, event.detail)}
                @seek=${(/** @type {CustomEvent<number>} */ event) => this.seek(event.detail)}
                @alone=${() => askForMix(app, record, stem.name, { format: "wav", bit_depth: "32f" })}
              ></stem-lane>
            `,
          )}
        </div>
        ${
          this.mixable && app.owns(record)
            ? html`<mix-export
                .app=${app}
                .record=${record}
                .lanes=${this.lanes}
                .region=${this.listening.region}
              ></mix-export>`
            : nothing
        }
      </section>
    `;
  }
}
customElements.define("stem-mixer", StemMixer);
export { StemMixer };
