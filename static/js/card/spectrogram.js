import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { sharpened } from "../sound/peak-drawing.js";
import { LONGEST_FINE_S } from "../sound/peak-source.js";
import { TrackPlot } from "./track-plot.js";

/** @import { TrackRecord } from "../core/types.js" */

/** Frequencies worth a line, Hz. @param {number} highest_hz */
function frequencyMarks(highest_hz) {
  const step = [1_000, 2_000, 5_000, 10_000, 20_000].find((hz) => highest_hz / hz <= 6) ?? 50_000;
  return Array.from({ length: Math.floor(highest_hz / step) }, (_, at) => (at + 1) * step);
}

/** How long a view stands still before finer pictures are asked for, ms. */
const PAUSE_MS = 250;
/** A view of this share of the track, or more, gains nothing by a picture of its own. */
const COARSE = 0.6;

/**
 * The track's spectrum over time: drawn by the server when the view is opened, axes and playhead by the page. Closer
 * views show the picture of the whole at once, and one of their own as soon as the server has drawn it.
 */
class SpectrogramView extends TrackPlot {
  static properties = { ...TrackPlot.properties, state: { state: true } };

  constructor() {
    super();
    /** @type {"loading" | "shown" | "failed"} */
    this.state = "loading";
    /** The part that was drawn for a closer view. @type {{ image: HTMLImageElement, from_s: number, to_s: number } | null} */
    this.close = null;
    this.timer = 0;
  }

  attend() {
    super.attend();
    this.own(() => clearTimeout(this.timer));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const before = /** @type {TrackRecord | undefined} */ (changed.get("record"));
    if (!changed.has("record") || this.record?.id === before?.id) return;
    this.state = "loading";
    this.close = null;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    super.updated(changed);
    const plot = /** @type {HTMLElement | null} */ (this.querySelector(".plot"));
    const { record } = this;
    if (!plot || !record) return;
    const highest_hz = Number(record.parameters.sample_rate) / 2;
    for (const mark of plot.querySelectorAll(".mark-hz")) {
      const hz = Number(mark.getAttribute("data-hz"));
      /** @type {HTMLElement} */ (mark).style.setProperty("--at", `${(100 * hz) / highest_hz}%`);
    }
    if (changed.has("state") || changed.has("opened")) this.draw();
  }

  draw() {
    const canvas = /** @type {HTMLCanvasElement | null} */ (this.querySelector("canvas"));
    const whole = /** @type {HTMLImageElement | null} */ (this.querySelector("img"));
    const sharp = canvas && whole && this.state === "shown" ? sharpened(canvas) : null;
    if (!sharp || !whole) return;
    const { pen, width, height } = sharp;
    const { timeline, close } = this;
    const lay = (/** @type {HTMLImageElement} */ image, /** @type {number} */ from_s, /** @type {number} */ to_s) => {
      const x = width * timeline.share(from_s);
      pen.drawImage(image, x, 0, width * timeline.share(to_s) - x, height);
    };
    lay(whole, 0, timeline.duration_s);
    if (close) lay(close.image, close.from_s, close.to_s);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(), PAUSE_MS);
  }

  /** Has the view drawn by the server, where it is closer than the picture there is. */
  async look() {
    const { timeline, record, close } = this;
    const { from_s, to_s, length_s } = timeline;
    if (!record || length_s > COARSE * timeline.duration_s || length_s > LONGEST_FINE_S) return;
    if (close && close.from_s <= from_s && close.to_s >= to_s && close.to_s - close.from_s < 2 * length_s) return;
    const image = new Image();
    image.src = api.spectrogramUrl(record.id, { from_s, to_s });
    try {
      await image.decode();
    } catch {
      return; // the picture of the whole stays
    }
    if (!this.isConnected || this.record !== record) return;
    this.close = { image, from_s, to_s };
    this.draw();
  }

  /** @param {TrackRecord} record */
  plot(record) {
    const highest_hz = Number(record.parameters.sample_rate) / 2;
    return html`
      <div class="plot" data-time data-state=${this.state} data-testid="spectrogram" @click=${this.pointed}>
        <img
          src=${api.spectrogramUrl(record.id)}
          alt=${t("ui.spectrogram.alt", { name: record.title, highest: i18n.number(highest_hz / 1000) })}
          draggable="false"
          @load=${() => (this.state = "shown")}
          @error=${() => (this.state = "failed")}
        />
        <canvas aria-hidden="true"></canvas>
        ${frequencyMarks(highest_hz).map(
          (hz) => html`<span class="mark-hz" data-hz=${hz} aria-hidden="true">${i18n.number(hz / 1000)} ${t("unit.kHz")}</span>`,
        )}
        <span class="playhead" aria-hidden="true"></span>
      </div>
      ${this.state === "loading" ? html`<p class="hint" role="status">${t("ui.spectrogram.loading")}</p>` : nothing}
      ${this.state === "failed" ? html`<p class="hint" role="alert">${t("ui.spectrogram.failed")}</p>` : nothing}
    `;
  }

  render() {
    const { record } = this;
    if (!record) return nothing;
    return this.section("open-spectrogram", t("ui.spectrogram"), this.opened ? this.plot(record) : nothing);
  }
}
customElements.define("spectrogram-view", SpectrogramView);
