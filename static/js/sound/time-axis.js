import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import { PageElement } from "../ui/element.js";
import { icon } from "../ui/icons.js";
import { roomFor, structureOf } from "./structure.js";
import { ZOOM_STEP } from "./timeline.js";

/** @import { TrackRecord } from "../core/types.js" */
/** @import { Stretch } from "./structure.js" */
/** @import { Timeline } from "./timeline.js" */

/** What a mark of time needs, px. */
const MARK_PX = 72;

/**
 * The time above a track's pictures: sections and chords of a piece, the clock, and what zooms and scrolls. A click on
 * a section or a chord says `seek` with its beginning.
 */
class TimeAxis extends PageElement {
  static properties = { record: { attribute: false }, timeline: { attribute: false }, width_px: { state: true } };

  constructor() {
    super();
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
    /** @type {Timeline | undefined} */
    this.timeline = undefined;
    this.width_px = 0;
  }

  attend() {
    const { timeline } = this;
    if (timeline) this.own(timeline.on("change", () => this.requestUpdate()));
    const grown = new ResizeObserver(() => (this.width_px = this.clientWidth));
    grown.observe(this);
    this.own(() => grown.disconnect());
  }

  updated() {
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-from]"))) {
      part.style.setProperty("--from", `${100 * Number(part.dataset.from)}%`);
      part.style.setProperty("--to", `${100 * Number(part.dataset.to ?? part.dataset.from)}%`);
    }
  }

  /** @param {string} kind @param {readonly Stretch[]} stretches @param {(stretch: Stretch) => unknown} content @param {Timeline} timeline */
  strip(kind, stretches, content, timeline) {
    const shown = stretches.filter(({ from_s, to_s }) => to_s > timeline.from_s && from_s < timeline.to_s);
    if (!stretches.length) return nothing;
    return html`
      <div class="strip strip-${kind}" data-time data-testid="strip-${kind}">
        ${shown.map(
          (stretch) => html`
            <span
              data-from=${Math.max(0, timeline.share(stretch.from_s))}
              data-to=${Math.min(1, timeline.share(stretch.to_s))}
              title=${t("ui.timeline.go", { name: stretch.name, at: clock(stretch.from_s) })}
              @click=${() => this.dispatchEvent(new CustomEvent("seek", { detail: stretch.from_s, bubbles: true }))}
              >${content(stretch)}</span
            >
          `,
        )}
      </div>
    `;
  }

  /** @param {Timeline} timeline */
  controls(timeline) {
    const button = (
      /** @type {"zoomin" | "zoomout" | "fit"} */ drawing,
      /** @type {string} */ name,
      /** @type {() => void} */ act,
      /** @type {boolean} */ off,
    ) => html`
      <button
        class="icon-button tiny"
        data-testid=${name}
        aria-label=${t(`ui.timeline.${name}`)}
        title=${t(`ui.timeline.${name}`)}
        ?disabled=${off}
        @click=${act}
      >
        ${icon(drawing)}
      </button>
    `;
    const hidden_s = timeline.duration_s - timeline.length_s;
    return html`
      <div class="zoom-row">
        ${button("zoomout", "zoom-out", () => timeline.zoom(1 / ZOOM_STEP), timeline.fits)}
        ${button("zoomin", "zoom-in", () => timeline.zoom(ZOOM_STEP), timeline.length_s <= timeline.shortest_s)}
        ${button("fit", "zoom-fit", () => timeline.fit(), timeline.fits)}
        ${
          timeline.fits
            ? nothing
            : html`<input
                class="scroll"
                type="range"
                min="0"
                max=${hidden_s}
                step="any"
                data-testid="scroll"
                aria-label=${t("ui.timeline.scroll")}
                aria-valuetext=${t("ui.timeline.view", { from: clock(timeline.from_s), to: clock(timeline.to_s) })}
                .value=${String(timeline.from_s)}
                @input=${(/** @type {Event} */ event) => {
                  const from_s = /** @type {HTMLInputElement} */ (event.target).valueAsNumber;
                  timeline.show(from_s, from_s + timeline.length_s);
                }}
              />`
        }
      </div>
    `;
  }

  render() {
    const { timeline, record } = this;
    if (!timeline?.duration_s || !record) return nothing;
    const { sections, chords } = structureOf(record);
    const named = roomFor(chords, timeline, this.width_px);
    return html`
      ${this.controls(timeline)}
      ${this.strip("sections", sections, ({ name }) => name, timeline)}
      ${this.strip("chords", chords, (chord) => (named.has(chord) ? html`<bdi>${chord.name}</bdi>` : nothing), timeline)}
      <div class="strip strip-clock" data-time aria-hidden="true">
        ${timeline
          .marks(Math.max(2, this.width_px / MARK_PX))
          .filter(({ at }) => timeline.share(at) < 0.97)
          .map(({ at, label }) => html`<span data-from=${timeline.share(at)}>${label}</span>`)}
      </div>
    `;
  }
}
customElements.define("time-axis", TimeAxis);
