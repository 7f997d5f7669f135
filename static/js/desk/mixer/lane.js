import { live } from "/static/vendor/lit/directives/live.js";
import { html } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { termLabel } from "../../core/terms.js";
import { drawPeaks } from "../../sound/peak-drawing.js";
import { PeakSource } from "../../sound/peak-source.js";
import { seekTo } from "../../sound/plot.js";
import { Timeline } from "../../sound/timeline.js";
import { PageElement } from "../../ui/element.js";
import { icon } from "../../ui/icons.js";
import { theme } from "../../ui/theme.js";
import { MOST_GAIN, PLAIN, decibels } from "./levels.js";

/** @import { Peaks, StemFile } from "../../core/types.js" */
/** @import { LoadPeaks } from "../../sound/peak-source.js" */
/** @import { Lane } from "./levels.js" */

/** 0.8 -> "−1.9 dB". @param {number} gain */
function gainText(gain) {
  const level = decibels(gain);
  if (level === null) return "−∞ dB";
  const size = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: /** @type {const} */ ("exceptZero") };
  return `${i18n.number(level, size)} ${t("unit.dB")}`;
}

/** -0.25 -> "L 25". @param {number} pan */
function panText(pan) {
  const percent = i18n.number(Math.round(100 * Math.abs(pan)));
  if (pan === 0) return t("ui.mixer.pan.centre");
  return t(pan < 0 ? "ui.mixer.pan.left" : "ui.mixer.pan.right", { percent });
}

/**
 * One stem: its waveform and its controls. It says `lane` with what is to change, `seek` in seconds, `alone` when the
 * stem is to become a track.
 */
class StemLane extends PageElement {
  static properties = {
    stem: { attribute: false },
    lane: { attribute: false },
    sounds: { attribute: false },
    pannable: { attribute: false },
    busy: { attribute: false },
    timeline: { attribute: false },
    load: { attribute: false },
    peaks: { attribute: false },
    scale: { attribute: false },
  };

  constructor() {
    super();
    /** @type {StemFile | undefined} */
    this.stem = undefined;
    /** @type {Lane} */
    this.lane = PLAIN;
    /** It is neither muted nor left out by another's solo. */
    this.sounds = true;
    this.pannable = true;
    this.busy = false;
    this.timeline = new Timeline();
    /** Fetches finer peaks. @type {LoadPeaks | undefined} */
    this.load = undefined;
    /** @type {PeakSource | null} */
    this.source = null;
    /** @type {Peaks | null} */
    this.peaks = null;
    /** How far the drawing is stretched; the same for all lanes, so that they can be compared. */
    this.scale = 1;
  }

  attend() {
    this.own(theme.on("change", () => requestAnimationFrame(() => this.draw())));
    const grown = new ResizeObserver(() => this.draw());
    grown.observe(this);
    this.own(
      () => grown.disconnect(),
      this.timeline.on("change", () => this.draw()),
      () => this.source?.dispose(),
    );
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("peaks") && !changed.has("stem")) return;
    this.source?.dispose();
    const { load, peaks, stem } = this;
    this.source = peaks && stem && load ? new PeakSource(peaks, stem.duration_s, load) : null;
    this.source?.on("change", () => this.draw());
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    const pan = /** @type {HTMLInputElement | null} */ (this.querySelector(".pan"));
    pan?.style.setProperty("--low", `${50 + 50 * Math.min(0, this.lane.pan)}%`);
    pan?.style.setProperty("--high", `${50 + 50 * Math.max(0, this.lane.pan)}%`);
    const volume = /** @type {HTMLInputElement | null} */ (this.querySelector(".gain"));
    volume?.style.setProperty("--share", `${(100 * this.lane.gain) / MOST_GAIN}%`);
    if (["peaks", "sounds", "lane", "scale"].some((name) => changed.has(name))) this.draw();
  }

  /** Bars as high as the stem sounds now. */
  draw() {
    const canvas = /** @type {HTMLCanvasElement | null} */ (this.querySelector("canvas"));
    if (!canvas || !this.source) return;
    const style = getComputedStyle(this);
    drawPeaks(canvas, this.source, this.timeline, {
      gain: this.scale * (this.sounds ? this.lane.gain : 1),
      colour: style.getPropertyValue(this.sounds ? "--wave-lane" : "--wave-silent"),
    });
  }

  /** @param {Partial<Lane>} change */
  change(change) {
    this.dispatchEvent(new CustomEvent("lane", { detail: change, bubbles: true }));
  }

  /** @param {"mute" | "solo"} what @param {string} letter */
  toggle(what, letter) {
    const label = t(`ui.mixer.${what}`, { stem: termLabel("stem", this.stem?.name ?? "") });
    return html`
      <button
        class="icon-button letter"
        data-testid="stem-${what}"
        aria-pressed=${this.lane[what]}
        aria-label=${label}
        title=${label}
        @click=${() => this.change({ [what]: !this.lane[what] })}
      >
        ${letter}
      </button>
    `;
  }

  render() {
    const { stem, lane } = this;
    if (!stem) return html``;
    const title = termLabel("stem", stem.name);
    const value = (/** @type {Event} */ event) => Number(/** @type {HTMLInputElement} */ (event.target).value);
    const words = { stem: title };
    return html`
      <div class="lane" role="group" aria-label=${title} data-testid="lane" data-stem=${stem.name} data-sounds=${this.sounds}>
        <div class="lane-head">
          <span class="lane-name" dir="auto">${title}</span>
          ${this.toggle("mute", "M")} ${this.toggle("solo", "S")}
          <button
            class="icon-button"
            data-testid="stem-track"
            aria-label=${t("ui.mixer.alone", words)}
            title=${t("ui.mixer.alone", words)}
            ?disabled=${this.busy}
            @click=${() => this.dispatchEvent(new CustomEvent("alone", { bubbles: true }))}
          >
            ${icon("track")}
          </button>
          <a
            class="icon-button"
            data-testid="stem-download"
            href="${stem.audio_url}?download=1&language=${i18n.language}"
            download
            aria-label=${t("ui.mixer.download", words)}
            title=${t("ui.mixer.download", words)}
          >
            ${icon("download")}
          </a>
        </div>
        <div
          class="lane-wave"
          data-time
          data-testid="lane-wave"
          @click=${(/** @type {MouseEvent} */ event) => seekTo(event, this.timeline)}
        >
          <canvas aria-hidden="true"></canvas>
          <span class="playhead" aria-hidden="true"></span>
        </div>
        <div class="lane-levels">
          <label class="lane-level" title=${t("ui.mixer.volume", words)}>
            ${icon("volume")}
            <input
              class="slider gain"
              type="range"
              min="0"
              max=${MOST_GAIN}
              step="0.01"
              data-testid="stem-gain"
              aria-label=${t("ui.mixer.volume", words)}
              aria-valuetext=${gainText(lane.gain)}
              .value=${live(String(lane.gain))}
              @input=${(/** @type {Event} */ event) => this.change({ gain: value(event) })}
              @dblclick=${() => this.change({ gain: 1 })}
            />
            <output class="lane-value">${gainText(lane.gain)}</output>
          </label>
          <label class="lane-level narrow" title=${this.pannable ? t("ui.mixer.pan", words) : t("ui.mixer.pan.surround")}>
            ${icon("pan")}
            <input
              class="slider pan"
              type="range"
              min="-1"
              max="1"
              step="0.05"
              data-testid="stem-pan"
              aria-label=${t("ui.mixer.pan", words)}
              aria-valuetext=${panText(lane.pan)}
              ?disabled=${!this.pannable}
              .value=${live(String(lane.pan))}
              @input=${(/** @type {Event} */ event) => this.change({ pan: value(event) })}
              @dblclick=${() => this.change({ pan: 0 })}
            />
            <output class="lane-value">${panText(lane.pan)}</output>
          </label>
        </div>
      </div>
    `;
  }
}
customElements.define("stem-lane", StemLane);
