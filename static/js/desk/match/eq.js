import { html, nothing, svg } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { heed } from "../../core/keys.js";
import { PageElement } from "../../ui/element.js";
import { icon } from "../../ui/icons.js";
import { drawn, frame, frequencyAxis, hertz, levelAxis, place, placeMarks } from "./plot.js";
import { clamp, EQ, eqGain, legalBand } from "./style.js";

/** @import { EqBand } from "./style.js" */

const MOST_BANDS = 8;
const POINTS = 160;
const XS = /** @type {const} */ ([EQ.lowest_hz, EQ.highest_hz]);
/** As far as the equaliser goes, and a little more for the curve of bands together. */
const LEAST_DB = 15;
const SEMITONE = 2 ** (1 / 12);

/** Frequencies evenly apart on a log axis. */
const AXIS = Array.from({ length: POINTS }, (_, at) => XS[0] * (XS[1] / XS[0]) ** (at / (POINTS - 1)));

/** @type {readonly EqBand["type"][]} */
const TYPES = ["low_shelf", "peaking", "high_shelf"];

/** @param {number} gain_db */
const signed = (gain_db) => i18n.number(gain_db, { maximumFractionDigits: 1, signDisplay: "exceptZero" });

/**
 * The equaliser's curve with a handle for each band: dragged, or moved by the arrow keys (frequency, gain), by Page Up
 * and Page Down (Q), and taken away by Delete. It says `bands` with the new ones.
 */
class MatchEq extends PageElement {
  static properties = {
    name: { attribute: false },
    bands: { attribute: false },
    rate_hz: { attribute: false },
    off: { attribute: false },
  };

  constructor() {
    super();
    /** Which of a style's two equalisers this is. @type {"eq" | "side_eq"} */
    this.name = "eq";
    /** @type {readonly EqBand[]} */
    this.bands = [];
    this.rate_hz = 48_000;
    /** The aspect is switched off: nothing of this sounds. */
    this.off = false;
    this.dragged = -1;
    /** The axis while a handle is held: it must not move under the hand. @type {ReturnType<typeof levelAxis> | null} */
    this.held = null;
  }

  /** The axis of the gain: it holds the whole curve. @param {readonly number[]} curve dB */
  gainAxis(curve) {
    if (this.held) return this.held;
    const most = Math.max(LEAST_DB, ...curve.map(Math.abs));
    const axis = levelAxis(-most, most, 6);
    return { ...axis, range: /** @type {[number, number]} */ ([-most, most]), marks: axis.marks.filter(({ at }) => Math.abs(at) <= most) };
  }

  get curve() {
    return AXIS.map((f_hz) => eqGain(this.bands, f_hz, this.rate_hz));
  }

  /** @param {readonly EqBand[]} bands */
  say(bands) {
    this.dispatchEvent(new CustomEvent("bands", { detail: bands }));
  }

  /** @param {number} at @param {Partial<EqBand>} change */
  move(at, change) {
    this.say(this.bands.map((band, other) => (other === at ? legalBand({ ...band, ...change }) : band)));
  }

  /** @param {number} at */
  removeBand(at) {
    this.say(this.bands.filter((_, other) => other !== at));
    void this.updateComplete.then(() => {
      const left = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".eq-handle"));
      (left[Math.min(at, left.length - 1)] ?? /** @type {HTMLElement | null} */ (this.querySelector("[data-action=add]")))?.focus();
    });
  }

  add() {
    this.say([...this.bands, legalBand({ type: "peaking", f_hz: 1000, q: 1, gain_db: 0 })]);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const handle = /** @type {HTMLElement} */ (event.currentTarget);
    const at = Number(handle.dataset.band);
    if (event.type === "pointerdown") {
      this.dragged = at;
      this.held = this.gainAxis(this.curve);
      handle.setPointerCapture(event.pointerId);
    } else if (this.dragged !== at) return;
    else if (event.type === "pointermove") {
      const { left, top, width, height } = /** @type {Element} */ (this.querySelector("svg")).getBoundingClientRect();
      const across = clamp((event.clientX - left) / width, 0, 1);
      const up = clamp(1 - (event.clientY - top) / height, 0, 1);
      const [low, high] = this.gainAxis(this.curve).range;
      this.move(at, { f_hz: XS[0] * (XS[1] / XS[0]) ** across, gain_db: low + up * (high - low) });
    } else {
      this.dragged = -1;
      this.held = null;
      this.requestUpdate();
    }
  }

  /** @param {KeyboardEvent} event @param {EqBand} band @param {number} at */
  key(event, band, at) {
    const coarse = event.shiftKey ? 4 : 1;
    heed("band", event, {
      up: () => this.move(at, { gain_db: band.gain_db + 0.5 * coarse }),
      down: () => this.move(at, { gain_db: band.gain_db - 0.5 * coarse }),
      higher: () => this.move(at, { f_hz: band.f_hz * SEMITONE ** coarse }),
      lower: () => this.move(at, { f_hz: band.f_hz / SEMITONE ** coarse }),
      narrower: () => this.move(at, { q: band.q * 1.2 }),
      wider: () => this.move(at, { q: band.q / 1.2 }),
      remove: () => this.removeBand(at),
    });
  }

  updated() {
    placeMarks(this);
    const { range } = this.gainAxis(this.curve);
    for (const handle of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".eq-handle"))) {
      const band = this.bands[Number(handle.dataset.band)];
      if (!band) continue;
      handle.style.setProperty("--x", `${100 * place(band.f_hz, XS, true)}%`);
      handle.style.setProperty("--y", `${100 * (1 - place(band.gain_db, range, false))}%`);
    }
  }

  /** @param {EqBand} band @param {number} at */
  handle(band, at) {
    const said = t("ui.match.eq.value", {
      type: t(`ui.match.type.${band.type}`),
      frequency: hertz(Math.round(band.f_hz)),
      gain_db: signed(band.gain_db),
      q: i18n.number(band.q, { maximumFractionDigits: 2 }),
    });
    return html`
      <span
        class="eq-handle"
        role="slider"
        tabindex="0"
        data-band=${at}
        data-testid="${this.name}-band-${at + 1}"
        aria-label=${t(this.name === "eq" ? "ui.match.eq.band" : "ui.match.side_eq.band", { number: at + 1 })}
        aria-valuemin=${-EQ.most_db}
        aria-valuemax=${EQ.most_db}
        aria-valuenow=${band.gain_db}
        aria-valuetext=${said}
        title=${said}
        @pointerdown=${this.drag}
        @pointermove=${this.drag}
        @pointerup=${this.drag}
        @pointercancel=${this.drag}
        @keydown=${(/** @type {KeyboardEvent} */ event) => this.key(event, band, at)}
        >${at + 1}</span
      >
    `;
  }

  /** The same numbers to be typed. @param {EqBand} band @param {number} at */
  line(band, at) {
    const value = (/** @type {Event} */ event) => Number(/** @type {HTMLInputElement} */ (event.target).value);
    const cell = (/** @type {string} */ head, /** @type {unknown} */ content) => html`
      <label class="eq-cell"><span class="eq-head" aria-hidden="true">${head}</span>${content}</label>
    `;
    const number = (
      /** @type {"f_hz" | "gain_db" | "q"} */ name,
      /** @type {string} */ head,
      /** @type {number} */ low,
      /** @type {number} */ high,
    ) =>
      cell(
        head,
        html`<input
          class="number"
          type="number"
          min=${low}
          max=${high}
          step="any"
          data-testid="${this.name}-${name}-${at + 1}"
          aria-label=${t("ui.match.eq.number", { name: t(`ui.match.field.${name}`), number: at + 1 })}
          .value=${String(band[name])}
          @change=${(/** @type {Event} */ event) => this.move(at, { [name]: value(event) || band[name] })}
        />`,
      );
    const label = t("ui.match.eq.remove", { number: at + 1 });
    return html`
      <li class="eq-line">
        ${cell(
          t("ui.match.field.type"),
          html`<select
            class="select"
            data-testid="${this.name}-type-${at + 1}"
            aria-label=${t("ui.match.eq.number", { name: t("ui.match.field.type"), number: at + 1 })}
            @change=${(/** @type {Event} */ event) =>
              this.move(at, { type: /** @type {EqBand["type"]} */ (/** @type {HTMLSelectElement} */ (event.target).value) })}
          >
            ${TYPES.map((type) => html`<option value=${type} ?selected=${type === band.type}>${t(`ui.match.type.${type}`)}</option>`)}
          </select>`,
        )}
        ${number("f_hz", t("unit.Hz"), EQ.lowest_hz, EQ.highest_hz)}
        ${number("gain_db", t("unit.dB"), -EQ.most_db, EQ.most_db)} ${number("q", "Q", EQ.least_q, EQ.most_q)}
        <button class="icon-button tiny" aria-label=${label} title=${label} @click=${() => this.removeBand(at)}>
          ${icon("trash")}
        </button>
      </li>
    `;
  }

  render() {
    const title = t(`ui.match.chart.${this.name}`);
    const across = frequencyAxis(XS);
    const { curve } = this;
    const up = this.gainAxis(curve);
    return html`
      <div class="eq" role="group" aria-label=${title} data-testid=${this.name} ?data-off=${this.off}>
        <h4>${title}</h4>
        <p class="hint">${t(this.name === "eq" ? "ui.match.eq.hint" : "ui.match.side_eq.hint")}</p>
        <div class="eq-plot">
          ${frame({
            across,
            up,
            unit: t("unit.dB"),
            curves: svg`<path class="line" data-line="result" data-testid="${this.name}-curve" d=${drawn({ x: AXIS, y: curve }, XS, up.range, true)} />`,
            over: this.bands.map((band, at) => this.handle(band, at)),
          })}
        </div>
        <ul class="eq-lines">
          ${this.bands.map((band, at) => this.line(band, at))}
        </ul>
        ${
          this.bands.length < MOST_BANDS
            ? html`<button class="button small" data-testid="${this.name}-add" data-action="add" @click=${this.add}>${t("ui.match.eq.add")}</button>`
            : nothing
        }
      </div>
    `;
  }
}
customElements.define("match-eq", MatchEq);
