import { html, nothing } from "/static/vendor/lit/index.js";
import * as api from "../server/api.js";
import { Comparison } from "./compare.js";
import { AppElement } from "../ui/app-element.js";
import { clock, i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";

/** @import { Known, Side } from "./compare.js" */
/** @import { Listening } from "./region.js" */

/** Differences below this are not worth a word, dB. */
const HEARD_DB = 0.05;
let count = 0;

/** @param {readonly Side[]} sides what is compared, as one text */
const keyOf = (sides) => JSON.stringify(sides.map(({ label: _label, ...side }) => side));

/**
 * The A/B switch: two or more sounds in step, one of them heard, all equally loud. A click chooses, so does a digit,
 * and X goes on to the next. It says `moment` with the second that is heard.
 */
class CompareSwitch extends AppElement {
  static properties = {
    sides: { attribute: false },
    listening: { attribute: false },
    comparison: { state: true },
    chosen: { state: true },
    playing: { state: true },
    waiting: { state: true },
    second: { state: true },
    broken: { state: true },
  };

  constructor() {
    super();
    /** @type {readonly Side[]} */
    this.sides = [];
    /** How the card's player is set, where there is one. @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
    /** @type {Comparison | null} */
    this.comparison = null;
    this.chosen = 0;
    this.playing = false;
    this.waiting = false;
    /** Whole second of the playhead: the rest of it moves without drawing anew. */
    this.second = 0;
    /** The sounds cannot be compared: one of them has gone. */
    this.broken = false;
    this.shown = "";
    this.frame = 0;
    this.name = `compare-${++count}`;
  }

  attend() {
    const other = (/** @type {Event} */ event) => {
      if (event.target !== this) this.comparison?.pause();
    };
    document.addEventListener("play", other, true); // one sound at a time; `play` does not bubble
    this.own(
      () => document.removeEventListener("play", other, true),
      () => this.release(),
    );
    this.shown = "";
    this.requestUpdate();
  }

  release() {
    cancelAnimationFrame(this.frame);
    this.comparison?.dispose();
    this.comparison = null;
    this.playing = this.waiting = false;
    this.app?.setPlaying(false, this.name);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!this.isConnected) return;
    if (keyOf(this.sides) !== this.shown) void this.show(this.sides);
    else if (changed.has("listening")) this.follow();
  }

  /** @param {readonly Side[]} sides */
  async show(sides) {
    const shown = keyOf(sides);
    this.release();
    this.shown = shown;
    this.chosen = this.second = 0;
    this.broken = false;
    if (sides.length < 2) return;
    try {
      const known = await Promise.all(sides.map((side) => this.learn(side)));
      if (this.shown !== shown || !this.isConnected) return;
      const comparison = new Comparison({ sides: known, load: (...what) => this.load(...what) });
      comparison.on("change", () => this.heard(comparison));
      comparison.on("failed", (error) => this.app?.complain(api.bodyOf(error)));
      this.comparison = comparison;
      this.follow();
    } catch {
      if (this.shown === shown) this.broken = true;
    }
  }

  /** The side with what the server knows of its file. Raises as `api` does. @param {Side} side @returns {Promise<Known>} */
  async learn(side) {
    const { samples, rate_hz, channels, loudness_lufs } = await api.sound(side.key);
    if (side.loudness_lufs !== undefined || side.gain_db !== undefined) return { ...side, samples, rate_hz, channels };
    const known = loudness_lufs === undefined ? (await api.soundLevels(side.key)).loudness_lufs : loudness_lufs;
    return { ...side, samples, rate_hz, channels, loudness_lufs: known };
  }

  /** @param {Parameters<typeof api.soundSamples>} what a piece of a sound */
  load(...what) {
    return api.soundSamples(...what);
  }

  /** Takes region, loop and volume over from the card's player. */
  follow() {
    const { region, loop, volume } = this.listening;
    const whole = loop ? { from_s: 0, to_s: this.comparison?.duration_s ?? 0 } : null;
    this.comparison?.setRepeat(region ?? whole);
    this.comparison?.setVolume(volume);
  }

  /** @param {Comparison} comparison */
  heard(comparison) {
    if (this.comparison !== comparison) return;
    this.waiting = comparison.waiting;
    this.chosen = comparison.chosen;
    if (comparison.playing !== this.playing) {
      this.playing = comparison.playing;
      this.app?.setPlaying(this.playing, this.name);
    }
    cancelAnimationFrame(this.frame);
    this.tick();
  }

  /** Moves the playhead with the sound. */
  tick() {
    const { comparison } = this;
    if (!comparison) return;
    const { at_s } = comparison;
    this.second = Math.floor(at_s);
    this.style.setProperty("--played", `${(100 * at_s) / Math.max(comparison.duration_s, 1e-6)}%`);
    const slider = /** @type {HTMLInputElement | null} */ (this.querySelector(".mixer-seek"));
    if (slider && document.activeElement !== slider) slider.value = String(at_s);
    if (!comparison.playing) return;
    this.dispatchEvent(new CustomEvent("moment", { detail: at_s }));
    this.frame = requestAnimationFrame(() => this.tick());
  }

  toggle() {
    if (!this.playing) this.dispatchEvent(new Event("play")); // whatever sounds elsewhere stops
    this.comparison?.toggle();
  }

  /** Sets the playhead from outside. @param {number} seconds */
  seek(seconds) {
    this.comparison?.seek(seconds);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = Number(event.key);
    if (event.key.toLowerCase() === "x") this.comparison?.next();
    else if (digit >= 1 && digit <= this.sides.length) this.comparison?.choose(digit - 1);
    else return;
    event.preventDefault();
  }

  /** What loudness matching does to the one that is heard. */
  matched() {
    const gain_db = this.comparison?.gains_db[this.chosen] ?? 0;
    if (Math.abs(gain_db) < HEARD_DB) return t("ui.compare.as_is");
    const size = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: /** @type {const} */ ("always") };
    return t("ui.compare.turned", { gain_db: i18n.number(gain_db, size) });
  }

  render() {
    const { comparison, sides } = this;
    if (sides.length < 2) return nothing;
    if (this.broken) return html`<p class="hint" data-testid="compare-gone">${t("ui.compare.gone")}</p>`;
    const at = clock(this.second);
    const whole = clock(comparison?.duration_s ?? 0);
    const label = t(this.playing ? "ui.compare.pause" : "ui.compare.play");
    return html`
      <section
        class="player compare"
        aria-label=${t("ui.compare")}
        data-testid="compare"
        data-playing=${this.playing}
        data-chosen=${this.chosen}
        @keydown=${this.key}
      >
        <div class="mixer-row">
          <button
            class="play"
            data-testid="compare-play"
            aria-label=${label}
            title=${label}
            ?disabled=${!comparison}
            @click=${this.toggle}
          >
            ${icon(this.playing ? "pause" : "play")}
          </button>
          <input
            class="mixer-seek"
            type="range"
            min="0"
            value="0"
            max=${comparison?.duration_s ?? 0}
            step="any"
            data-testid="compare-seek"
            aria-label=${t("ui.player.seek")}
            aria-valuetext=${t("ui.player.position", { at, whole })}
            ?disabled=${!comparison}
            @input=${(/** @type {Event} */ event) => this.seek(Number(/** @type {HTMLInputElement} */ (event.target).value))}
          />
          <span class="mixer-time" data-waiting=${this.waiting}>
            <span data-testid="compare-time">${at}</span> / ${whole}
          </span>
        </div>
        <div class="sides" role="radiogroup" aria-label=${t("ui.compare.heard")} title=${t("ui.compare.keys")}>
          ${sides.map(
            (side, number) => html`
              <label class="side">
                <input
                  class="unseen"
                  type="radio"
                  name=${this.name}
                  data-testid="side-${number + 1}"
                  .checked=${this.chosen === number}
                  ?disabled=${!comparison}
                  @change=${() => this.comparison?.choose(number)}
                />
                <span dir="auto">${side.label}</span>
              </label>
            `,
          )}
        </div>
        <p class="hint" data-testid="compare-gain">${comparison ? this.matched() : t("ui.compare.measuring")}</p>
      </section>
    `;
  }
}
customElements.define("compare-switch", CompareSwitch);
export { CompareSwitch };
