import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../../core/i18n.js";
import { heed } from "../../core/keys.js";
import { Timeline } from "../../sound/timeline.js";
import { PageElement } from "../../ui/element.js";
import { theme } from "../../ui/theme.js";
import { grasped, pulled } from "./clip-drag.js";
import { clipsIn, timesOf } from "./clips.js";
import { drawLanes, LANE_PX } from "./lane-drawing.js";
import { byId, LANES, lineAt } from "./project.js";

/** @import { LaneActs } from "./acts.js" */
/** @import { Drag } from "./clip-drag.js" */
/** @import { Clip, Lane, Project } from "./project.js" */
/** @import { Sound } from "./server.js" */

/** More clips than these in one view are drawn, not built: who zooms in can take hold of them. */
const MOST = 240;
const STEP_S = 0.1;
const LEAP_S = 1;

/** Dialogue, ambience, effects and music above each other, on the time of the track's other pictures. */
class DramaLanes extends PageElement {
  static properties = {
    project: { attribute: false },
    acts: { attribute: false },
    sounds: { attribute: false },
    timeline: { attribute: false },
    at: { attribute: false },
    clip: { attribute: false },
    at_s: { attribute: false },
    drag: { state: true },
  };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** @type {LaneActs | undefined} */
    this.acts = undefined;
    /** What clips may sound of: their titles come from it. @type {ReadonlyMap<string, Sound>} */
    this.sounds = new Map();
    this.timeline = new Timeline();
    /** The chosen line. */
    this.at = "";
    /** The clip in hand. */
    this.clip = "";
    /** The moment that is heard, seconds. */
    this.at_s = 0;
    /** @type {Drag | null} */
    this.drag = null;
  }

  attend() {
    const grown = new ResizeObserver(() => this.draw());
    grown.observe(this);
    this.own(
      () => grown.disconnect(),
      this.timeline.on("change", () => this.requestUpdate()),
      theme.on("change", () => requestAnimationFrame(() => this.draw())),
    );
  }

  get frame() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".lanes-frame"));
  }

  /** @param {Map<string, unknown>} changed */
  shouldUpdate(changed) {
    if (changed.size !== 1 || !changed.has("at_s")) return true;
    this.head();
    return false;
  }

  head() {
    this.frame?.style.setProperty("--view", `${100 * this.timeline.share(this.at_s)}%`);
  }

  updated() {
    const { timeline, drag } = this;
    this.head();
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-from]"))) {
      const held = drag?.clip.id === part.dataset.clip ? drag : null;
      const from_s = Number(part.dataset.from) + (held && held.part !== "end" ? held.by_s : 0);
      const to_s = Number(part.dataset.to) + (held && held.part !== "start" ? held.by_s : 0);
      part.style.setProperty("--from", `${100 * timeline.share(from_s)}%`);
      part.style.setProperty("--to", `${100 * timeline.share(to_s)}%`);
    }
    this.draw();
  }

  draw() {
    const canvas = /** @type {HTMLCanvasElement | null} */ (this.querySelector("canvas"));
    if (canvas && this.project) drawLanes(canvas, this.project, this.timeline, this.at, this.many ? this.shown : []);
  }

  get shown() {
    const { project, timeline } = this;
    return project ? clipsIn(project, timeline.from_s, timeline.to_s) : [];
  }

  get many() {
    return this.shown.length > MOST;
  }

  /** @param {MouseEvent} event @returns {number} seconds */
  momentAt({ clientX }) {
    const { left = 0, width = 1 } = this.frame?.getBoundingClientRect() ?? {};
    return this.timeline.moment((clientX - left) / width);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const { project, acts } = this;
    if (!project || !acts || /** @type {Element} */ (event.target).closest("button")) return;
    const at_s = this.momentAt(event);
    const line = lineAt(project, at_s);
    if (line) acts.choose(line.id);
    acts.seek(at_s);
  }

  /** @param {PointerEvent} event @param {Clip} clip */
  grasp(event, clip) {
    if (event.button !== 0) return;
    event.stopPropagation(); // a finger on a clip moves the clip, not the view
    this.drag = grasped(event, clip);
  }

  /** @param {PointerEvent} event */
  pull(event) {
    const { drag, frame } = this;
    if (drag && frame) this.drag = pulled(drag, event, frame.clientWidth, this.timeline);
  }

  /** @param {boolean} counts */
  let(counts) {
    const { drag, acts } = this;
    this.drag = null;
    if (!drag || !acts || !counts) return;
    acts.take(drag.clip.id);
    if (drag.moved) acts.move(drag.clip, drag.part, drag.by_s);
  }

  /** @param {KeyboardEvent} event @param {Clip} clip */
  key(event, clip) {
    const { acts, shown } = this;
    if (!acts) return;
    const by_s = event.shiftKey ? LEAP_S : STEP_S;
    const at = shown.findIndex((one) => one.clip.id === clip.id);
    const to = (/** @type {number} */ place) => {
      const next = shown[Math.max(0, Math.min(shown.length - 1, place))]?.clip;
      if (next) this.reach(next.id);
    };
    heed("clip", event, {
      later: () => acts.move(clip, "whole", by_s),
      earlier: () => acts.move(clip, "whole", -by_s),
      next: () => to(at + 1),
      previous: () => to(at - 1),
      first: () => to(0),
      last: () => to(shown.length - 1),
      hear: () => acts.hear(clip),
      edit: () => acts.edit(clip),
      remove: () => acts.remove(clip),
    });
  }

  /** A clip is taken in hand and gets the focus. @param {string} id */
  async reach(id) {
    this.acts?.take(id);
    const clip = this.project && byId(this.project.clips, id);
    const times = clip && this.project && timesOf(this.project, clip);
    if (times && !this.timeline.holds(times.start_s)) this.timeline.scroll(times.start_s - this.timeline.from_s - this.timeline.length_s / 3);
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-clip="${id}"]`))?.focus({ preventScroll: true });
  }

  /** @param {{ clip: Clip, start_s: number, end_s: number }} shown @param {boolean} first the keyboard comes in here */
  bar({ clip, start_s, end_s }, first) {
    const title = this.acts?.title(clip) ?? "";
    const times = t("ui.timeline.view", { from: clock(start_s), to: clock(end_s) });
    return html`
      <button
        class="clip"
        data-clip=${clip.id}
        data-from=${start_s}
        data-to=${end_s}
        data-lane=${clip.lane}
        data-testid="clip"
        ?data-doubtful=${clip.confidence < 0.5}
        tabindex=${clip.id === this.clip || first ? 0 : -1}
        aria-pressed=${clip.id === this.clip}
        aria-label=${t("ui.drama.clip", { name: title, times })}
        title=${[title, times, clip.words].filter(Boolean).join(" · ")}
        @pointerdown=${(/** @type {PointerEvent} */ event) => this.grasp(event, clip)}
        @pointermove=${this.pull}
        @pointerup=${() => this.let(true)}
        @pointercancel=${() => this.let(false)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => this.key(event, clip)}
        @focus=${() => clip.id === this.clip || this.acts?.take(clip.id)}
      >
        <span>${title}</span>
      </button>
    `;
  }

  render() {
    if (!this.project) return nothing;
    const { shown } = this;
    const held = shown.some(({ clip }) => clip.id === this.clip);
    const built = shown.length > MOST ? shown.filter(({ clip }) => clip.id === this.clip) : shown;
    const bars = (/** @type {Lane} */ lane) =>
      repeat(
        built.filter(({ clip }) => clip.lane === lane),
        ({ clip }) => clip.id,
        (one) => this.bar(one, !held && one === built[0]),
      );
    return html`
      <div
        class="lanes-frame"
        role="group"
        aria-label=${t("ui.drama.lanes")}
        data-time
        data-testid="drama-lanes"
        @click=${this.clicked}
      >
        <canvas aria-hidden="true" height=${LANE_PX}></canvas>
        <div class="drama-lane" data-lane="dialogue"><span class="lane-caption">${t("ui.drama.lane.dialogue")}</span></div>
        ${LANES.map(
          (lane) => html`
            <div class="drama-lane" data-lane=${lane} role="group" aria-label=${t(`ui.drama.lane.${lane}`)}>
              <span class="lane-caption" aria-hidden="true">${t(`ui.drama.lane.${lane}`)}</span>
              ${bars(lane)}
            </div>
          `,
        )}
        <span class="playhead" aria-hidden="true"></span>
      </div>
      ${shown.length > MOST ? html`<p class="hint" data-testid="lanes-many">${t("ui.drama.lanes.many")}</p>` : nothing}
    `;
  }
}
customElements.define("drama-lanes", DramaLanes);
export { DramaLanes };
