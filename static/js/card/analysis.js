import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { heed } from "../core/keys.js";
import * as api from "../server/api.js";
import { sharpened } from "../sound/peak-drawing.js";
import { showPlayed } from "../sound/plot.js";
import { roomFor, structureOf } from "../sound/structure.js";
import { icon } from "../ui/icons.js";
import { theme } from "../ui/theme.js";
import { hasFindings } from "./findings.js";
import { TrackPlot } from "./track-plot.js";

/** @import { TrackRecord } from "../core/types.js" */
/** @import { Stretch } from "../sound/structure.js" */

/** The least that a curve's axis spans, of its middle: a steady tempo is drawn as a line, not as noise. */
const LEAST_SPAN = 0.06;
/** With more parts in view only those are shown that have room for a name. */
const MOST_PARTS = 300;
/** What is left free beside the lanes, px. */
const EDGES_PX = 30;
/** Hues of the sections; those of one letter share one. */
const HUES = [205, 145, 45, 285, 340, 95, 250, 15, 180, 315];

/** The tempo as it was heard: [seconds, beats a minute]. @param {TrackRecord} record @returns {[number, number][]} */
export function tempoCurve({ facts = {} }) {
  const { curve } = /** @type {{ curve?: unknown }} */ (isObject(facts.tempo) ? facts.tempo : {});
  const points = /** @type {[number, number][]} */ (Array.isArray(curve) ? curve : []);
  return points.filter((point) => Array.isArray(point) && point.every(Number.isFinite));
}

/** The hue of each section: the same for the same music. @param {readonly Stretch[]} sections */
export function huesOf(sections) {
  const letters = [...new Set(sections.map(({ name }) => name.replace(/'+$/, "")))];
  return sections.map(({ name }) => HUES[letters.indexOf(name.replace(/'+$/, "")) % HUES.length] ?? 0);
}

/**
 * What was found in a track, above each other in time: sections and chords, which lead there, and the tempo; and the
 * whole report to be saved.
 */
class AnalysisView extends TrackPlot {
  static properties = { ...TrackPlot.properties };

  constructor() {
    super();
    /** What the lanes hold. @type {{ sections: Stretch[], chords: Stretch[] }} */
    this.lanes = { sections: [], chords: [] };
    /** The section and the chord that the lanes show as sounding. */
    this.shown = "";
  }

  attend() {
    super.attend();
    this.own(theme.on("change", () => this.draw()));
  }

  /** While the sound only goes on, the playhead moves, and the rest when the next section or chord begins. @param {Map<string, unknown>} changed */
  shouldUpdate(changed) {
    const sounds = this.sounding();
    const same = changed.size === 1 && changed.has("at_s") && sounds === this.shown;
    this.shown = sounds;
    if (same) showPlayed(this, this.timeline.share(this.at_s));
    return !same;
  }

  /** Which section and which chord sound now. */
  sounding() {
    if (!this.opened) return "";
    return [this.lanes.sections, this.lanes.chords].map((lane) => lane.findIndex((one) => this.sounds(one))).join();
  }

  /** @param {Stretch} stretch */
  sounds({ from_s, to_s }) {
    return this.at_s >= from_s && this.at_s < to_s;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    super.updated(changed);
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-from], [data-hue]"))) {
      const { from, to, hue } = part.dataset;
      if (from) part.style.setProperty("--from", `${100 * Number(from)}%`);
      if (to) part.style.setProperty("--to", `${100 * Number(to)}%`);
      if (hue) part.style.setProperty("--hue", hue);
    }
    this.curve();
  }

  draw() {
    this.requestUpdate();
  }

  /** @param {number} seconds */
  go(seconds) {
    this.dispatchEvent(new CustomEvent("seek", { detail: seconds, bubbles: true }));
  }

  /** Draws the tempo between its slowest and its fastest. */
  curve() {
    const canvas = /** @type {HTMLCanvasElement | null} */ (this.querySelector("canvas"));
    const sharp = canvas && this.record ? sharpened(canvas) : null;
    if (!canvas || !sharp || !this.record) return;
    const { pen, width, height } = sharp;
    const points = tempoCurve(this.record);
    const tempos = points.map(([, bpm]) => bpm);
    const low = Math.min(...tempos);
    const high = Math.max(...tempos);
    const middle = (low + high) / 2;
    const span = Math.max(high - low, LEAST_SPAN * middle) * 1.3;
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (const [at_s, bpm] of points) pen.lineTo(width * this.timeline.share(at_s), height * (0.5 - (bpm - middle) / span));
    pen.stroke();
  }

  /** Arrows go from one part of a lane to the next, for the lane is one stop of Tab. @param {KeyboardEvent} event */
  walk = (event) => {
    const parts = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("button")]);
    const here = parts.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = (/** @type {number} */ at) => parts[Math.min(parts.length - 1, Math.max(0, at))]?.focus();
    heed("lane", event, {
      next: () => to(here + 1),
      previous: () => to(here - 1),
      first: () => to(0),
      last: () => to(parts.length - 1),
    });
  };

  /** @param {"sections" | "chords"} kind @param {readonly Stretch[]} stretches @param {readonly number[]} hues */
  lane(kind, stretches, hues = []) {
    const { timeline } = this;
    if (!stretches.length) return nothing;
    const named = kind === "chords" ? roomFor(stretches, timeline, this.clientWidth - EDGES_PX) : new Set(stretches);
    const inside = stretches
      .map((one, at) => ({ ...one, hue: hues[at], said: named.has(one) }))
      .filter(({ from_s, to_s }) => to_s > timeline.from_s && from_s < timeline.to_s);
    const shown = inside.length > MOST_PARTS ? inside.filter(({ said }) => said).slice(0, MOST_PARTS) : inside;
    const sounding = shown.findIndex((one) => this.sounds(one));
    return html`
      <h4 class="found-name">${t(`report.heading.${kind}`)}</h4>
      <div class="found-lane found-${kind}" data-time data-testid="lane-${kind}" role="group" aria-label=${t(`report.heading.${kind}`)} @keydown=${this.walk}>
        ${shown.map(
          ({ name, from_s, to_s, hue, said }, at) => html`
            <button
              data-from=${Math.max(0, timeline.share(from_s))}
              data-to=${Math.min(1, timeline.share(to_s))}
              data-hue=${hue ?? nothing}
              tabindex=${at === Math.max(0, sounding) ? 0 : -1}
              aria-current=${at === sounding ? "true" : nothing}
              aria-label=${t("ui.timeline.go", { name, at: clock(from_s) })}
              title=${t("ui.timeline.go", { name, at: clock(from_s) })}
              @click=${() => this.go(from_s)}
            >
              ${said ? html`<bdi>${name}</bdi>` : nothing}
            </button>
          `,
        )}
      </div>
    `;
  }

  /** @param {TrackRecord} record */
  tempo(record) {
    const points = tempoCurve(record);
    if (points.length < 2) return nothing;
    const tempos = points.map(([, bpm]) => bpm);
    const [low, high] = [Math.min(...tempos), Math.max(...tempos)].map((bpm) => i18n.number(bpm, { maximumFractionDigits: 1 }));
    return html`
      <h4 class="found-name">${t("report.heading.tempo")} <span>${t("ui.analysis.tempo", { low, high })}</span></h4>
      <div class="plot tempo-plot" data-time data-testid="tempo-curve" @click=${this.pointed}>
        <canvas role="img" aria-label=${t("ui.analysis.tempo.alt", { low, high })}></canvas>
        <span class="playhead" aria-hidden="true"></span>
      </div>
    `;
  }

  /** @param {TrackRecord} record */
  saved(record) {
    const link = (/** @type {"json" | "md"} */ form, /** @type {string} */ name) => html`
      <a class="button small quiet" href=${api.analysisUrl(record.id, form)} download data-testid="analysis-${form}">
        ${icon("download")} ${name}
      </a>
    `;
    return html`<p class="beside" aria-label=${t("ui.analysis.save")}>${link("md", t("ui.analysis.markdown"))} ${link("json", "JSON")}</p>`;
  }

  /** @param {TrackRecord} record */
  content(record) {
    this.lanes = structureOf(record);
    const { sections, chords } = this.lanes;
    return html`
      ${this.lane("sections", sections, huesOf(sections))} ${this.lane("chords", chords)} ${this.tempo(record)}
      ${this.saved(record)}
    `;
  }

  render() {
    const { record } = this;
    if (!record || !hasFindings(record)) return nothing;
    return this.section("open-analysis", t("ui.analysis"), this.opened ? this.content(record) : nothing);
  }
}
customElements.define("analysis-view", AnalysisView);
