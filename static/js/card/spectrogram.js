import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { TrackPlot } from "./track-plot.js";

/** @import { TrackRecord } from "../core/types.js" */

const TIME_MARKS = 5;

/** Frequencies worth a line, Hz. @param {number} highest_hz */
function frequencyMarks(highest_hz) {
  const step = [1_000, 2_000, 5_000, 10_000, 20_000].find((hz) => highest_hz / hz <= 6) ?? 50_000;
  return Array.from({ length: Math.floor(highest_hz / step) }, (_, at) => (at + 1) * step);
}

/** The track's spectrum over time: drawn by the server when the view is opened, axes and playhead by the page. */
class SpectrogramView extends TrackPlot {
  static properties = { ...TrackPlot.properties, state: { state: true } };

  constructor() {
    super();
    /** @type {"loading" | "shown" | "failed"} */
    this.state = "loading";
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const before = /** @type {TrackRecord | undefined} */ (changed.get("record"));
    if (changed.has("record") && this.record?.id !== before?.id) this.state = "loading";
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
  }

  /** @param {TrackRecord} record */
  plot(record) {
    const highest_hz = Number(record.parameters.sample_rate) / 2;
    const times = Array.from({ length: TIME_MARKS }, (_, at) => (record.duration_s * at) / (TIME_MARKS - 1));
    return html`
      <div class="plot" data-state=${this.state} data-testid="spectrogram" @pointerdown=${this.pointed}>
        <img
          src=${api.spectrogramUrl(record.id)}
          alt=${t("ui.spectrogram.alt", { name: record.title, highest: i18n.number(highest_hz / 1000) })}
          draggable="false"
          @load=${() => (this.state = "shown")}
          @error=${() => (this.state = "failed")}
        />
        ${frequencyMarks(highest_hz).map(
          (hz) => html`<span class="mark-hz" data-hz=${hz} aria-hidden="true">${i18n.number(hz / 1000)} ${t("unit.kHz")}</span>`,
        )}
        <span class="playhead" aria-hidden="true"></span>
      </div>
      <div class="marks-s" aria-hidden="true">${times.map((second) => html`<span>${clock(second)}</span>`)}</div>
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
