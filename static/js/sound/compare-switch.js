import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { heed } from "../core/keys.js";
import * as api from "../server/api.js";
import { Comparison } from "./compare.js";
import { TransportElement } from "./transport-element.js";

/** @import { Known, Side } from "./compare.js" */

/** Differences below this are not worth a word, dB. */
const AUDIBLE_DB = 0.05;
let count = 0;

/** @param {readonly Side[]} sides what is compared, as one text */
const keyOf = (sides) => JSON.stringify(sides.map(({ label: _label, ...side }) => side));

/**
 * The A/B switch: two or more sounds in step, one of them heard, all equally loud. A click chooses, so does a digit,
 * and X goes on to the next. It says `moment` with the second that is heard.
 */
class CompareSwitch extends TransportElement {
  static properties = {
    ...TransportElement.properties,
    sides: { attribute: false },
    chosen: { state: true },
    broken: { state: true },
  };

  kind = "compare";
  name = `compare-${++count}`;

  constructor() {
    super();
    /** @type {readonly Side[]} */
    this.sides = [];
    this.chosen = 0;
    /** The sounds cannot be compared: one of them has gone. */
    this.broken = false;
  }

  get comparison() {
    return /** @type {Comparison | null} */ (this.player);
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
      this.use(new Comparison({ sides: known, load: (...what) => this.load(...what) }));
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

  /** @param {Comparison} comparison */
  changed(comparison) {
    this.chosen = comparison.chosen;
    super.changed(comparison);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    heed("compare", event, {
      choose: () => this.comparison?.choose(Number(event.key) - 1),
      next: () => this.comparison?.next(),
    });
  }

  /** What loudness matching does to the one that is heard. */
  matched() {
    const gain_db = this.comparison?.gains_db[this.chosen] ?? 0;
    if (Math.abs(gain_db) < AUDIBLE_DB) return t("ui.compare.as_is");
    const size = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: /** @type {const} */ ("always") };
    return t("ui.compare.turned", { gain_db: i18n.number(gain_db, size) });
  }

  render() {
    const { comparison, sides } = this;
    if (sides.length < 2) return nothing;
    if (this.broken) return html`<p class="hint" data-testid="compare-gone">${t("ui.compare.gone")}</p>`;
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
        ${this.transport(label)}
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
