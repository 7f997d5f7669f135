import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { heed } from "../../core/keys.js";
import { PageElement } from "../../ui/element.js";
import { Heights } from "./heights.js";
import { paint } from "./labels.js";
import { isDoubtful } from "./project.js";
import { guess, rowsOf } from "./rows.js";
import { scriptRow } from "./script-row.js";

/** @import { Line, Project } from "./project.js" */
/** @import { Row } from "./rows.js" */
/**
 * What the script lets the user do with a line.
 *
 * @typedef {object} ScriptActs
 * @property {(id: string) => void} choose
 * @property {(id: string) => void} hear from there on
 * @property {() => void} play or pause
 * @property {(id: string) => void} speak this line only
 * @property {(id: string) => void} edit
 * @property {(id: string) => void} accept who speaks it
 * @property {(id: string) => void} remove
 * @property {() => void} undo
 * @property {() => void} redo
 */

/** Drawn beyond what is in sight, px on either side. */
const SPARE_PX = 300;

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
    this.first = 0;
    this.last = 0;
    /** @type {readonly Row[]} */
    this.rows = [];
    /** @type {Map<string, number>} row id -> place */
    this.places = new Map();
    this.heights = new Heights([]);
    /** Heights of rows that were drawn. @type {Map<string, number>} */
    this.measured = new Map();
    /** @type {WeakMap<Line, number>} */
    this.guesses = new WeakMap();
    this.width_px = 0;
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
    if (width_px !== this.width_px) {
      this.width_px = width_px;
      this.measured.clear();
      this.guesses = new WeakMap();
      this.stack();
    }
    this.look();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("project") && this.project) {
      const before = /** @type {Project | undefined} */ (changed.get("project"));
      const { lines, chapters, scenes } = this.project;
      if (before?.lines !== lines || before.chapters !== chapters || before.scenes !== scenes) this.stack();
    }
    if (changed.has("sounding") && this.sounding) this.follow(this.sounding, String(changed.get("sounding") ?? ""));
  }

  /** About how high a row will be; a line that is as it was is not looked at again. @param {Row} row */
  guessed(row) {
    const known = row.line && this.guesses.get(row.line);
    if (known) return known;
    const height = guess(row, this.width_px - 40);
    if (row.line) this.guesses.set(row.line, height);
    return height;
  }

  /** Puts the rows on top of each other anew. */
  stack() {
    this.rows = this.project ? rowsOf(this.project) : [];
    this.places = new Map(this.rows.map(({ id }, at) => [id, at]));
    this.heights = new Heights(this.rows.map((row) => this.measured.get(row.id) ?? this.guessed(row)));
    this.look();
  }

  /** Which rows are in sight. */
  look() {
    const { scroller, heights } = this;
    if (!scroller || !heights.count) return;
    const { scrollTop, clientHeight } = scroller;
    this.first = heights.at(Math.max(0, scrollTop - SPARE_PX));
    this.last = Math.min(heights.count, heights.at(scrollTop + clientHeight + SPARE_PX) + 1);
  }

  /** The view goes along with the sound where it showed the line before. @param {string} id @param {string} before */
  follow(id, before) {
    const { scroller, heights } = this;
    if (!scroller) return;
    const [place, was] = [this.places.get(id), this.places.get(before)];
    const top = heights.top(was ?? 0);
    const held = was === undefined || (top + 20 >= scroller.scrollTop && top <= scroller.scrollTop + scroller.clientHeight);
    if (place !== undefined && held) this.reveal(id);
  }

  /** Brings a line into sight. @param {string} id */
  reveal(id) {
    const place = this.places.get(id);
    const { scroller, heights } = this;
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
    const { scroller, heights } = this;
    const stack = /** @type {HTMLElement | null} */ (this.querySelector(".script-rows"));
    const inner = /** @type {HTMLElement | null} */ (this.querySelector(".script-stack"));
    if (!scroller || !stack || !inner) return;
    const top = heights.at(scroller.scrollTop);
    const before = heights.top(top);
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (stack.querySelectorAll("[data-row]"))) {
      const id = part.dataset.row ?? "";
      const place = this.places.get(id);
      if (place === undefined) continue;
      const height = part.getBoundingClientRect().height;
      this.measured.set(id, height);
      heights.set(place, height);
    }
    inner.style.setProperty("height", `${heights.total}px`);
    stack.style.setProperty("transform", `translateY(${heights.top(this.first)}px)`);
    const shift = heights.top(top) - before;
    if (Math.abs(shift) >= 1) scroller.scrollTop += shift;
    const last = Math.min(heights.count, heights.at(scroller.scrollTop + scroller.clientHeight + SPARE_PX / 2) + 1);
    if (last > this.last) this.look();
  }

  /** @param {number} by lines on, or to that end of the script @param {number} [from] */
  step(by, from = this.places.get(this.at) ?? -1) {
    const way = by < 0 ? -1 : 1;
    let left = Math.abs(by);
    let found = "";
    for (let place = from + way; place >= 0 && place < this.rows.length && left > 0; place += way) {
      const line = this.rows[place]?.line;
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
    const from = (this.places.get(this.at) ?? -1) + 1;
    const round = [...this.rows.slice(from), ...this.rows.slice(0, from)];
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
      last: () => this.step(-1, this.rows.length),
      play: () => acts.play(),
      hear: () => acts.hear(at),
      speak: () => acts.speak(at),
      edit: () => acts.edit(at),
      doubtful: () => this.doubtful(),
      accept: () => acts.accept(at),
      remove: () => acts.remove(at),
      undo: () => acts.undo(),
      redo: () => acts.redo(),
    });
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[role=option]"));
    const id = row?.dataset.row;
    if (!id) return;
    this.acts?.choose(id);
    this.acts?.hear(id);
  }

  render() {
    const { project, at, sounding, busy } = this;
    if (!project) return nothing;
    const shown = this.rows.slice(this.first, this.last);
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
            ${repeat(shown, ({ id }) => id, (row) => scriptRow(project, row, { at, sounding, busy }))}
          </div>
        </div>
      </div>
    `;
  }
}
customElements.define("drama-script", DramaScript);
export { DramaScript };
