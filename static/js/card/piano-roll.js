import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import { partLabel } from "../core/terms.js";
import * as api from "../server/api.js";
import { sharpened } from "../sound/peak-drawing.js";
import { theme } from "../ui/theme.js";
import { TrackPlot } from "./track-plot.js";

/** @import { Score } from "../core/types.js" */

/** Hues of the parts, far from each other one after the other; lightness comes from the theme. */
const HUES = [28, 205, 145, 285, 75, 340, 180, 245, 110, 10, 225, 165];
const DRUM_HUE = 0;

/** The score of a track as a piano roll: time from left to right, pitch from bottom to top, a colour a part. */
class PianoRoll extends TrackPlot {
  static properties = { ...TrackPlot.properties, score: { state: true }, failed: { state: true } };

  constructor() {
    super();
    /** @type {Score | null} */
    this.score = null;
    this.failed = false;
    this.shownId = "";
  }

  attend() {
    super.attend();
    this.own(theme.on("change", () => this.draw()));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if ((changed.has("record") || changed.has("opened")) && this.record && this.record.id !== this.shownId) {
      this.score = null;
      this.failed = false;
      if (this.opened) void this.load(this.record.id);
    }
  }

  /** @param {string} id */
  async load(id) {
    this.shownId = id;
    try {
      const score = await api.score(id);
      if (this.record?.id === id) this.score = score;
    } catch {
      if (this.record?.id === id) this.failed = true;
    }
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    super.updated(changed);
    this.querySelectorAll(".swatch").forEach((swatch, at) => {
      const part = this.score?.parts[at];
      if (part) /** @type {HTMLElement} */ (swatch).style.setProperty("--colour", this.colour(at, part.drums, 100));
    });
    if (changed.has("score") || changed.has("opened")) this.draw();
  }

  /** @param {number} at place of the part @param {boolean} drums @param {number} velocity 1..127 */
  colour(at, drums, velocity) {
    const chroma = drums ? 0 : 0.14;
    return `oklch(${0.6 + (0.2 * velocity) / 127} ${chroma} ${drums ? DRUM_HUE : HUES[at % HUES.length]})`;
  }

  draw() {
    const canvas = /** @type {HTMLCanvasElement | null} */ (this.querySelector("canvas"));
    const { score, record, timeline } = this;
    const sharp = canvas && score && record ? sharpened(canvas) : null;
    if (!sharp || !score || !record) return;
    const { pen, width, height } = sharp;
    const pitches = score.parts.flatMap(({ notes, drums }) => (drums ? [] : notes.map(([, , pitch]) => pitch)));
    const lowest = Math.min(...pitches, 60) - 2;
    const highest = Math.max(...pitches, 64) + 2;
    const drumHeight = score.parts.some(({ drums }) => drums) ? 0.14 * height : 0;
    const step = (height - drumHeight) / (highest - lowest + 1);
    const scale = width / Math.max(timeline.length_s, 1e-6);
    // the score begins after a clip, which older MIDI files leave out
    const { continuation_start_s: begins_s, continuation_original_seconds: clipped_s } = record.parameters;
    const clip_s = begins_s === undefined || begins_s === null ? Number(clipped_s ?? 0) : 0;
    // the first part is the melody: it is drawn last, over the others
    [...score.parts.entries()].reverse().forEach(([at, { notes, drums }]) => {
      for (const [start_s, length_s, pitch, velocity] of notes) {
        const x = (start_s + clip_s - timeline.from_s) * scale;
        if (x > width || x + length_s * scale < 0) continue;
        pen.fillStyle = this.colour(at, drums, velocity);
        if (drums) {
          const y = height - drumHeight + ((((60 - pitch) % 24) + 24) % 24) * (drumHeight / 24);
          pen.fillRect(x, y, 2, Math.max(drumHeight / 16, 1));
        } else {
          const y = (highest - pitch) * step;
          pen.fillRect(x, y, Math.max(length_s * scale - 0.5, 1), Math.max(step - 0.5, 1));
        }
      }
    });
  }

  /** @param {Score} score */
  plot(score) {
    const count = score.parts.reduce((sum, part) => sum + part.notes.length, 0);
    const said = { notes: i18n.number(count), parts: i18n.number(score.parts.length), time: clock(score.duration_s) };
    return html`
      <div class="plot" data-time data-testid="piano-roll" @click=${this.pointed}>
        <canvas role="img" aria-label=${t("ui.score.alt", said)}></canvas>
        <span class="playhead" aria-hidden="true"></span>
      </div>
      <ul class="legend">
        ${score.parts.map(({ name }) => html`<li><span class="swatch" aria-hidden="true"></span>${partLabel(name)}</li>`)}
      </ul>
    `;
  }

  render() {
    if (!this.record?.midi_url) return nothing;
    const loading = this.opened && !this.score && !this.failed;
    const content = html`
      ${this.opened && this.score ? this.plot(this.score) : nothing}
      ${loading ? html`<p class="hint" role="status">${t("ui.loading")}</p>` : nothing}
      ${this.failed ? html`<p class="hint" role="alert">${t("ui.score.failed")}</p>` : nothing}
    `;
    return this.section("open-score", t("ui.score"), content);
  }
}
customElements.define("piano-roll", PianoRoll);
