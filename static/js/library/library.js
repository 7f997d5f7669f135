import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import { heed } from "../core/keys.js";
import * as api from "../server/api.js";
import { AppElement } from "../ui/app-element.js";
import { confirmed } from "../ui/dialog.js";
import { icon } from "../ui/icons.js";
import { titleText } from "../ui/title-text.js";
import { controls } from "./controls.js";
import { FoundList } from "./found-list.js";
import { Shelf } from "./shelf.js";

/** @import { LibrarySummary, TrackRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

const ROW_PX = 60;
/** Rows drawn beyond what is in sight, on either side. */
const SPARE = 6;
const TYPING_MS = 200;

/** A drawer with all tracks. Only the rows in sight are in the page, however long the list is. */
class LibraryDrawer extends AppElement {
  static properties = {
    opened: { state: true },
    summary: { state: true },
    first: { state: true },
    last: { state: true },
    at: { state: true },
  };

  constructor() {
    super();
    this.opened = false;
    /** @type {LibrarySummary | null} */
    this.summary = null;
    this.first = 0;
    this.last = 0;
    /** The row that the keyboard is on. */
    this.at = 0;
    this.shelf = new Shelf(api.tracks);
    this.timer = 0;
    /** The keyboard's row shall have the focus as soon as it is there. */
    this.reaching = false;
  }

  attend() {
    const { app, shelf } = this;
    if (!app) return;
    this.own(
      app.on("change", () => this.opened && this.requestUpdate()),
      shelf.on("change", () => this.measure()),
      shelf.on("failed", (error) => app.complain(api.bodyOf(error))),
      app.connection.on("track", (row) => this.opened && shelf.keep(row)),
      app.connection.on("track_removed", () => this.opened && shelf.refresh()),
      app.connection.on("state", () => this.opened && shelf.refresh()),
      () => clearTimeout(this.timer),
    );
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  get scroller() {
    return /** @type {HTMLElement} */ (this.querySelector(".library"));
  }

  async show() {
    this.opened = true;
    this.at = 0;
    await this.updateComplete;
    this.dialog.showModal();
    this.look();
    this.summary = await api.librarySummary().catch((error) => (this.app?.complain(api.bodyOf(error)), null));
  }

  /** Asks for what the controls say. */
  look() {
    const value = (/** @type {string} */ name) =>
      /** @type {HTMLInputElement | HTMLSelectElement} */ (this.querySelector(`#library-${name}`)).value;
    const favourite = /** @type {HTMLInputElement} */ (this.querySelector("#library-favourite")).checked;
    this.scroller.scrollTop = 0;
    this.at = 0;
    const search = { q: value("q"), command: value("command"), model: value("model"), sort: value("sort"), favourite };
    this.shelf.find(search);
    this.measure();
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.look(), TYPING_MS);
  }

  /** Which rows are in sight. */
  measure() {
    if (!this.opened || !this.scroller) return;
    const { scrollTop, clientHeight } = this.scroller;
    this.first = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE);
    this.last = Math.min(this.shelf.total, Math.ceil((scrollTop + clientHeight) / ROW_PX) + SPARE);
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
    list?.style.setProperty("height", `${this.shelf.total * ROW_PX}px`);
    for (const row of this.querySelectorAll(".library-row")) {
      const place = Number(row.getAttribute("aria-posinset")) - 1;
      /** @type {HTMLElement} */ (row).style.setProperty("top", `${place * ROW_PX}px`);
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW_PX) - 1);
    heed("library", event, {
      next: () => this.reach(this.at + 1),
      previous: () => this.reach(this.at - 1),
      page_on: () => this.reach(this.at + page),
      page_back: () => this.reach(this.at - page),
      first: () => this.reach(0),
      last: () => this.reach(this.shelf.total - 1),
    });
  }

  /** The keyboard goes to a row. @param {number} wanted */
  reach(wanted) {
    this.at = Math.min(this.shelf.total - 1, Math.max(0, wanted));
    const top = this.at * ROW_PX;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    const below = top + ROW_PX - this.scroller.clientHeight;
    if (below > this.scroller.scrollTop) this.scroller.scrollTop = below;
    this.reaching = true;
    this.measure();
  }

  /** @param {App} app @param {TrackRow} row */
  async discard(app, row) {
    const text = t("ui.delete.text");
    const title = t("ui.delete.title", { name: row.title });
    if (!(await confirmed({ title, text, action: t("ui.delete.action") }))) return;
    await app.remove(row.id);
    this.reaching = true;
    this.shelf.refresh();
  }

  /** @param {App} app @param {number} place */
  line(app, place) {
    const row = this.shelf.row(place);
    const current = place === this.at;
    const within = current ? 0 : -1;
    if (!row) {
      return html`<li class="library-row loading" aria-posinset=${place + 1} aria-setsize=${this.shelf.total}></li>`;
    }
    const found = new FoundList(this.shelf.search, place, api.tracks);
    return html`
      <li
        class="library-row"
        data-testid="library-row"
        aria-posinset=${place + 1}
        aria-setsize=${this.shelf.total}
        data-current=${app.card.id === row.id}
        draggable="true"
        @dragstart=${(/** @type {DragEvent} */ event) => {
          event.dataTransfer?.setData("application/x-track", `track:${row.id}`);
          this.dialog.close();
        }}
      >
        <span class="covered">
          <track-cover .row=${row}></track-cover>
          <play-button
            .app=${app}
            .row=${row}
            .tab=${within}
            .list=${found}
          ></play-button>
        </span>
        <button
          class="library-open"
          data-testid="library-track"
          data-track-id=${row.id}
          tabindex=${within}
          aria-current=${ifDefined(app.card.id === row.id ? "true" : undefined)}
          @focus=${() => (this.at = place)}
          @click=${() => {
            this.dialog.close();
            void app.open(row.id);
          }}
        >
          <span class="track-name" dir="auto">${titleText(row.title)}</span>
          <span class="hint">
            ${row.locked ? html`<span title=${t("ui.locked")}>${icon("lock")}</span>` : nothing}
            ${row.artist ? html`<bdi>${row.artist}</bdi> · ` : nothing}${row.model} · ${clock(row.duration_s)} ·
            ${i18n.date(row.created_at)}
          </span>
        </button>
        <track-wave .app=${app} .row=${row} .list=${found}></track-wave>
        <button
          class="icon-button tiny"
          data-testid="library-favourite"
          tabindex=${within}
          aria-pressed=${row.favourite}
          aria-label=${t("ui.favourite.of", { name: row.title })}
          @click=${() => void app.edit(row, { favourite: !row.favourite })}
        >
          ${icon("star")}
        </button>
        <button
          class="icon-button tiny danger"
          data-testid="library-delete"
          tabindex=${within}
          ?disabled=${row.locked}
          aria-label=${t("ui.delete.of", { name: row.title })}
          @click=${() => void this.discard(app, row)}
        >
          ${icon("trash")}
        </button>
      </li>
    `;
  }

  render() {
    const { app, shelf } = this;
    if (!app) return nothing;
    const places = this.opened ? Array.from({ length: this.last - this.first }, (_, at) => this.first + at) : [];
    return html`
      <dialog
        class="drawer"
        aria-labelledby="library-title"
        data-testid="library"
        @close=${() => (this.opened = false)}
        @click=${(/** @type {Event} */ event) => event.target === this.dialog && this.dialog.close()}
      >
        <div class="drawer-body">
          <header class="drawer-head">
            <h2 id="library-title">${t("ui.library")}</h2>
            <span class="hint" role="status" data-testid="library-count">
              ${t("ui.library.count", { count: i18n.number(shelf.total) })}
            </span>
            <button class="icon-button" aria-label=${t("ui.close")} @click=${() => this.dialog.close()}>
              ${icon("close")}
            </button>
          </header>
          ${this.opened ? controls(this.summary, () => this.look(), () => this.typed()) : nothing}
          ${
            shelf.known && !shelf.total
              ? html`<p class="empty">${t(app.tracks.total ? "ui.library.nothing" : "ui.library.empty")}</p>`
              : nothing
          }
          <div class="library" @scroll=${this.measure} @keydown=${this.key}>
            <ul class="library-rows" aria-label=${t("ui.library")}>
              ${repeat(
                places,
                (place) => shelf.row(place)?.id ?? place,
                (place) => this.line(app, place),
              )}
            </ul>
          </div>
          ${this.opened ? html`<player-bar class="drawer-bar" .app=${app} @show=${() => this.dialog.close()}></player-bar>` : nothing}
        </div>
      </dialog>
    `;
  }
}
customElements.define("library-drawer", LibraryDrawer);
export { LibraryDrawer };
