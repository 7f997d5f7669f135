import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { heed } from "../core/keys.js";
import * as api from "../server/api.js";
import { AppElement } from "../ui/app-element.js";
import { deleteTrack } from "../ui/delete-track.js";
import { FoundList } from "./found-list.js";
import { trackRow } from "./row.js";
import { byRelevance } from "./search.js";

/** @import { TrackRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Shelf } from "./shelf.js" */

const ROW_PX = 60;
/** With a line that says why it was found. */
const TALL_ROW_PX = 92;
/** Rows drawn beyond what is in sight, on either side. */
const SPARE = 6;

/** What a search found. Only the rows in sight are in the page, however long the list is. */
class LibraryRows extends AppElement {
  static properties = {
    ...AppElement.properties,
    shelf: { attribute: false },
    similar: { attribute: false },
    lean: { attribute: false },
    leave: { attribute: false },
    first: { state: true },
    last: { state: true },
    at: { state: true },
  };

  constructor() {
    super();
    /** @type {Shelf | undefined} */
    this.shelf = undefined;
    /** Looks for what is like a track. @type {(id: string) => void} */
    this.similar = () => {};
    /** Looks for what is more like a track, or less. @type {(id: string, way: "like" | "unlike") => void} */
    this.lean = () => {};
    /** The list is left for something else. */
    this.leave = () => {};
    this.first = 0;
    this.last = 0;
    /** The row that the keyboard is on. */
    this.at = 0;
    /** The keyboard's row shall have the focus as soon as it is there. */
    this.reaching = false;
  }

  attend() {
    super.attend();
    if (this.shelf) this.own(this.shelf.on("change", () => this.measure()));
    this.listen(window, "resize", () => this.measure());
  }

  get scroller() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".library"));
  }

  get total() {
    return this.shelf?.total ?? 0;
  }

  get ranked() {
    return byRelevance(this.shelf?.search ?? {});
  }

  get row_px() {
    return this.ranked ? TALL_ROW_PX : ROW_PX;
  }

  firstUpdated() {
    this.measure();
  }

  /** Another list begins; who was in the one before goes to its first row. */
  begin() {
    this.at = 0;
    this.reaching = this.contains(document.activeElement);
    if (this.scroller) this.scroller.scrollTop = 0;
    this.measure();
  }

  /** Which rows are in sight. */
  measure() {
    if (!this.shelf || !this.scroller) return;
    const { scrollTop, clientHeight } = this.scroller;
    this.first = Math.max(0, Math.floor(scrollTop / this.row_px) - SPARE);
    this.last = Math.min(this.total, Math.ceil((scrollTop + clientHeight) / this.row_px) + SPARE);
    if (this.last > this.first) this.shelf.want(this.first, this.last);
    this.requestUpdate();
  }

  updated() {
    const wanted = /** @type {HTMLElement | null} */ (
      this.querySelector(`[aria-posinset="${this.at + 1}"] .library-open`)
    );
    if (this.reaching && wanted) {
      this.reaching = false;
      wanted.focus({ preventScroll: true });
    }
    const list = /** @type {HTMLElement | null} */ (this.querySelector(".library-rows"));
    list?.style.setProperty("height", `${this.total * this.row_px}px`);
    list?.style.setProperty("--row", `${this.row_px}px`);
    for (const row of this.querySelectorAll(".library-row")) {
      const place = Number(row.getAttribute("aria-posinset")) - 1;
      /** @type {HTMLElement} */ (row).style.setProperty("top", `${place * this.row_px}px`);
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const page = Math.max(1, Math.floor((this.scroller?.clientHeight ?? 0) / this.row_px) - 1);
    heed("library", event, {
      next: () => this.reach(this.at + 1),
      previous: () => this.reach(this.at - 1),
      page_on: () => this.reach(this.at + page),
      page_back: () => this.reach(this.at - page),
      first: () => this.reach(0),
      last: () => this.reach(this.total - 1),
    });
  }

  /** The keyboard goes to a row. @param {number} wanted */
  reach(wanted) {
    this.reveal(wanted);
    this.reaching = true;
    this.measure();
  }

  /** @param {number} wanted */
  reveal(wanted) {
    const { scroller } = this;
    if (!scroller) return;
    this.at = Math.max(0, Math.min(this.total - 1, wanted));
    const top = this.at * this.row_px;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const below = top + this.row_px - scroller.clientHeight;
    if (below > scroller.scrollTop) scroller.scrollTop = below;
  }

  /** @param {App} app @param {TrackRow} row */
  async discard(app, row) {
    if (!(await deleteTrack(app, row))) return;
    this.reaching = true;
    this.shelf?.refresh();
  }

  /** @param {App} app @param {Shelf} shelf @param {number} place */
  line(app, shelf, place) {
    const row = shelf.row(place);
    const { total, search } = shelf;
    if (!row) return html`<li class="library-row loading" aria-posinset=${place + 1} aria-setsize=${total}></li>`;
    const where = { place, total, current: place === this.at, ranked: this.ranked };
    return trackRow(app, row, where, search, new FoundList(search, place, api.tracks), {
      focused: () => (this.at = place),
      open: () => {
        this.leave();
        void app.open(row.id);
      },
      drag: () => this.leave(),
      similar: () => this.similar(row.id),
      lean: (way) => this.lean(row.id, way),
      discard: () => void this.discard(app, row),
    });
  }

  render() {
    const { app, shelf } = this;
    if (!app || !shelf) return nothing;
    const places = Array.from({ length: Math.max(0, this.last - this.first) }, (_, at) => this.first + at);
    return html`
      <div class="library" @scroll=${this.measure} @keydown=${this.key}>
        <ul class="library-rows" aria-label=${t("ui.library")}>
          ${repeat(
            places,
            (place) => shelf.row(place)?.id ?? place,
            (place) => this.line(app, shelf, place),
          )}
        </ul>
      </div>
    `;
  }
}
customElements.define("library-rows", LibraryRows);
export { LibraryRows };
