import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { heed } from "../../core/keys.js";
import { PageElement } from "../../ui/element.js";
import { paint } from "./labels.js";
import { isDoubtful } from "./project.js";
import { scriptRow } from "./script-row.js";
import { Stack } from "./stack.js";

/** @import { ScriptActs } from "./acts.js" */
/** @import { Project } from "./project.js" */

/** As much beyond the view is drawn already when it is looked for more, px. */
const LEAST_SPARE_PX = 150;

/**
 * The lines of a drama from top to bottom. Only those in sight are in the page, however long the book; their heights are
 * guessed until they have been drawn, and what the reader looks at stays where it is. The keyboard is on one line, which
 * the list tells by `aria-activedescendant`: the focus is the list's own and is never lost with a row.
 */
class DramaScript extends PageElement {
  static properties = {
    project: { attribute: false },
    acts: { attribute: false },
    at: { attribute: false },
    sounding: { attribute: false },
    busy: { attribute: false },
    anew: { attribute: false },
    first: { state: true },
    last: { state: true },
  };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** @type {ScriptActs | undefined} */
    this.acts = undefined;
    /** The chosen line. */
    this.at = "";
    /** The line that is heard now. */
    this.sounding = "";
    /** The line that is being spoken. */
    this.busy = "";
    /** Lines that sound otherwise than in the track. @type {ReadonlySet<string>} */
    this.anew = new Set();
    this.first = 0;
    this.last = 0;
    this.stack = new Stack();
    /** A row that is to come into sight. */
    this.wanted = "";
  }

  attend() {
    const grown = new ResizeObserver(() => this.resized());
    grown.observe(this);
    this.own(() => grown.disconnect());
  }

  get scroller() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".script"));
  }

  resized() {
    const width_px = this.scroller?.clientWidth ?? 0;
    if (width_px !== this.stack.width_px) {
      this.stack.widen(width_px);
      this.stack.take(this.project);
    }
    this.look();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("project") && this.project) {
      const before = /** @type {Project | undefined} */ (changed.get("project"));
      const { lines, chapters, scenes } = this.project;
      if (before?.lines !== lines || before.chapters !== chapters || before.scenes !== scenes) {
        this.stack.take(this.project);
        this.look();
      }
    }
    if (changed.has("sounding") && this.sounding) this.follow(this.sounding, String(changed.get("sounding") ?? ""));
  }

  /** Which rows are in sight. */
  look() {
    const { scroller, stack } = this;
    if (scroller && stack.heights.count) Object.assign(this, stack.inSight(scroller));
  }

  /** The view goes along with the sound where it showed the line before. @param {string} id @param {string} before */
  follow(id, before) {
    const { scroller } = this;
    const { heights, places } = this.stack;
    if (!scroller) return;
    const [place, was] = [places.get(id), places.get(before)];
    const top = heights.top(was ?? 0);
    const held = was === undefined || (top + 20 >= scroller.scrollTop && top <= scroller.scrollTop + scroller.clientHeight);
    if (place !== undefined && held) this.reveal(id);
  }

  /** Brings a line into sight. @param {string} id */
  reveal(id) {
    const { heights, places } = this.stack;
    const place = places.get(id);
    const { scroller } = this;
    if (place === undefined || !scroller) return;
    const top = heights.top(place);
    const seen = top >= scroller.scrollTop && heights.top(place + 1) <= scroller.scrollTop + scroller.clientHeight;
    if (!seen) scroller.scrollTop = top - scroller.clientHeight / 3;
    this.wanted = id;
    this.look();
    this.requestUpdate();
  }

  firstUpdated() {
    this.resized();
  }

  updated() {
    paint(this);
    this.measure();
    const { wanted, scroller } = this;
    const row = wanted && /** @type {HTMLElement | null} */ (this.querySelector(`[data-row="${wanted}"]`));
    if (!row || !scroller) return;
    this.wanted = "";
    const { top, bottom } = row.getBoundingClientRect();
    const around = scroller.getBoundingClientRect();
    if (top < around.top) scroller.scrollTop -= around.top - top + 8;
    else if (bottom > around.bottom) scroller.scrollTop += Math.min(top - around.top, bottom - around.bottom + 8);
  }

  /** Learns how high the drawn rows are; the one at the top of the view stays there. */
  measure() {
    const { scroller, stack } = this;
    const { heights } = stack;
    const drawn = /** @type {HTMLElement | null} */ (this.querySelector(".script-rows"));
    const inner = /** @type {HTMLElement | null} */ (this.querySelector(".script-stack"));
    if (!scroller || !drawn || !inner) return;
    const top = heights.at(scroller.scrollTop);
    const before = heights.top(top);
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (drawn.querySelectorAll("[data-row]"))) {
      stack.learn(part.dataset.row ?? "", part.getBoundingClientRect().height);
    }
    inner.style.setProperty("height", `${heights.total}px`);
    drawn.style.setProperty("transform", `translateY(${heights.top(this.first)}px)`);
    const shift = heights.top(top) - before;
    if (Math.abs(shift) >= 1) scroller.scrollTop += shift;
    if (stack.inSight(scroller, LEAST_SPARE_PX).last > this.last) this.look();
  }

  /** @param {number} by lines on, or to that end of the script @param {number} [from] */
  step(by, from = this.stack.places.get(this.at) ?? -1) {
    const { rows } = this.stack;
    const way = by < 0 ? -1 : 1;
    let left = Math.abs(by);
    let found = "";
    for (let place = from + way; place >= 0 && place < rows.length && left > 0; place += way) {
      const line = rows[place]?.line;
      if (!line) continue;
      found = line.id;
      left -= 1;
    }
    if (found) this.go(found);
  }

  /** @param {string} id */
  go(id) {
    this.acts?.choose(id);
    this.reveal(id);
  }

  /** The next line of which it is not sure who speaks it; from the beginning again after the last. */
  doubtful() {
    const { rows, places } = this.stack;
    const from = (places.get(this.at) ?? -1) + 1;
    const round = [...rows.slice(from), ...rows.slice(0, from)];
    const next = round.find(({ line }) => line && isDoubtful(line));
    if (next) this.go(next.id);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { acts, at } = this;
    if (!acts || event.target !== this.scroller) return;
    heed("script", event, {
      next: () => this.step(1),
      previous: () => this.step(-1),
      page_on: () => this.step(8),
      page_back: () => this.step(-8),
      first: () => this.step(1, -1),
      last: () => this.step(-1, this.stack.rows.length),
      play: () => acts.play(),
      hear: () => acts.hear(at),
      speak: () => acts.speak(at),
      edit: () => acts.edit(at),
      scene: () => acts.scene(at),
      doubtful: () => this.doubtful(),
      accept: () => acts.accept(at),
      remove: () => acts.remove(at),
      undo: () => acts.undo(),
      redo: () => acts.redo(),
    });
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-row]"));
    const { row: id, scene } = row?.dataset ?? {};
    if (scene) this.acts?.scene(scene);
    if (!id || row?.role !== "option") return;
    this.acts?.choose(id);
    this.acts?.hear(id);
  }

  render() {
    const { project, at, sounding, busy, anew } = this;
    if (!project) return nothing;
    const shown = this.stack.rows.slice(this.first, this.last);
    return html`
      <div
        class="script"
        role="listbox"
        tabindex="0"
        aria-label=${t("ui.drama.script")}
        aria-activedescendant=${at && shown.some(({ id }) => id === at) ? `line-${at}` : nothing}
        data-testid="script"
        @scroll=${this.look}
        @keydown=${this.key}
        @click=${this.clicked}
      >
        <div class="script-stack" role="presentation">
          <div class="script-rows" role="presentation">
            ${repeat(shown, ({ id }) => id, (row) => scriptRow(project, row, { at, sounding, busy, anew }))}
          </div>
        </div>
      </div>
    `;
  }
}
customElements.define("drama-script", DramaScript);
export { DramaScript };
