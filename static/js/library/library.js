import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { controls } from "./controls.js";
import { activeParts, filters } from "./filters.js";
import { asks, byRelevance, changed, cleared, keepable, leaning, parts, without } from "./search.js";
import { Shelf } from "./shelf.js";
import "./duplicates.js";
import "./keep-search.js";
import "./playlists.js";
import "./rows.js";
import "./tagging.js";

/** @import { LibrarySummary, Playlist, Search, Tagging, TrackRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { LibraryRows } from "./rows.js" */
/** @import { Part } from "./search.js" */
/** @typedef {typeof VIEWS[number]} View */

const VIEWS = /** @type {const} */ (["tracks", "playlists", "duplicates"]);
const TYPING_MS = 200;
/** The list asks again at most so often, however many tracks become others. */
const REFRESH_MS = 1_000;

/** A drawer with all tracks: looked for by words, by meaning, by what they are like; kept searches; duplicates. */
class LibraryDrawer extends AppElement {
  static properties = {
    ...AppElement.properties,
    opened: { state: true },
    view: { state: true },
    search: { state: true },
    playlist: { state: true },
    summary: { state: true },
    tagging: { state: true },
  };

  constructor() {
    super();
    this.opened = false;
    /** @type {View} */
    this.view = "tracks";
    /** @type {Search} */
    this.search = {};
    /** The one that is open. @type {Playlist | null} */
    this.playlist = null;
    /** @type {LibrarySummary | null} */
    this.summary = null;
    /** @type {Tagging | null} */
    this.tagging = null;
    this.shelf = new Shelf(api.tracks);
    this.typing = 0;
    this.refreshing = 0;
  }

  attend() {
    const { app, shelf } = this;
    if (!app) return;
    this.own(
      app.on("change", () => this.opened && this.requestUpdate()),
      app.sounds.on("change", () => this.opened && this.requestUpdate()),
      shelf.on("change", () => this.requestUpdate()),
      shelf.on("failed", (error) => app.complain(api.bodyOf(error))),
      app.connection.on("track", (row) => this.follow(row)),
      app.connection.on("track_removed", () => this.opened && shelf.refresh()),
      app.connection.on("state", () => this.opened && this.catchUp()),
      app.connection.on("tagging", (tagging) => {
        this.tagging = tagging;
        if (this.opened && tagging.state !== "running") void this.count();
      }),
      () => clearTimeout(this.typing),
      () => clearTimeout(this.refreshing),
    );
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  get words() {
    return /** @type {HTMLElement | null} */ (this.querySelector("#library-q"));
  }

  get rows() {
    return /** @type {LibraryRows | null} */ (this.querySelector("library-rows"));
  }

  /** Opens with what was looked for last, or with a search. @param {Search} [search] */
  async show(search) {
    this.opened = true;
    if (search) this.view = "tracks";
    await this.updateComplete;
    if (!this.dialog.open) this.dialog.showModal();
    if (search) this.begin(search);
    else if (!this.shelf.known) this.find(this.search);
    await this.rows?.updateComplete;
    this.rows?.reveal(this.rows.at);
    await this.catchUp();
  }

  /** Counts what can be filtered by. */
  async count() {
    this.summary = await api.librarySummary().catch((error) => (this.app?.complain(api.bodyOf(error)), this.summary));
  }

  /** Reads what stands beside the list. */
  async catchUp() {
    if (this.shelf.known) this.shelf.refresh();
    const told = (/** @type {unknown} */ error) => (this.app?.complain(api.bodyOf(error)), null);
    const [, tagging] = await Promise.all([this.count(), api.tagging().catch(told)]);
    const first = !this.tagging;
    this.tagging = tagging ?? this.tagging;
    if (first && tagging?.tagged && this.search.meaning === undefined) this.ask({ meaning: true });
  }

  /** A track is new or another. @param {TrackRow} row */
  follow(row) {
    if (!this.opened || this.shelf.keep(row) || this.refreshing) return;
    this.refreshing = window.setTimeout(() => {
      this.refreshing = 0;
      this.shelf.refresh();
    }, REFRESH_MS);
  }

  /** Looks for something. @param {Search} search */
  find(search) {
    clearTimeout(this.typing);
    this.search = search;
    if (!asks(search)) this.playlist = null;
    this.shelf.find(keepable(search));
    this.rows?.begin();
  }

  /** Looks for something else than before, in the same way. @param {Search} search */
  begin(search) {
    this.playlist = null;
    this.find(changed(cleared(this.search), search));
  }

  /** Asks for something more, or otherwise. @param {Search} change */
  ask(change) {
    const search = changed(this.search, change);
    const same = "meaning" in change && !search.q?.trim();
    if (same) this.search = search;
    else this.find(search);
  }

  /** @param {Search} change */
  typed(change) {
    clearTimeout(this.typing);
    this.search = changed(this.search, change);
    this.typing = window.setTimeout(() => this.find(this.search), TYPING_MS);
  }

  /** Takes away a part of what is asked for; the focus goes on to the next one. @param {Part} part */
  async drop(part) {
    const at = parts(this.search).findIndex(({ name, value }) => name === part.name && value === part.value);
    this.find(without(this.search, part));
    await this.updateComplete;
    const left = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".library-parts button")]);
    (left[at] ?? left.at(-1) ?? this.words)?.focus();
  }

  clear() {
    this.begin({});
    this.words?.focus();
  }

  /** Shows what a playlist holds; the focus goes to its first track. @param {Playlist} playlist */
  async open(playlist) {
    this.view = "tracks";
    this.find(changed(playlist.search, { meaning: playlist.search.q ? playlist.search.meaning : this.search.meaning }));
    this.playlist = playlist;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector("[data-testid=library-view-tracks]"))?.focus();
    await this.rows?.updateComplete;
    this.rows?.reach(0);
  }

  /** @param {View} view */
  segment(view) {
    return html`
      <label class="segment">
        <input
          type="radio"
          name="library-view"
          data-testid="library-view-${view}"
          .checked=${this.view === view}
          @change=${() => (this.view = view)}
        />
        <span>${t(`ui.library.${view}`)}</span>
      </label>
    `;
  }

  /** @param {App} app */
  tracks(app) {
    const { shelf, search } = this;
    const find = (/** @type {Search} */ next) => this.find(next);
    const ask = (/** @type {Search} */ change) => this.ask(change);
    return html`
      <div class="library-controls" role="search" aria-label=${t("ui.library.search")}>
        ${controls(search, ask, (change) => this.typed(change), () => this.rows?.reach(this.rows.at))} ${filters(app, search, this.summary, find, ask, () => void this.count())}
      </div>
      <div class="library-asked">
        ${activeParts(app, search, (part) => void this.drop(part))}
        <keep-search
          .app=${app}
          .search=${search}
          .playlist=${this.playlist}
          .clear=${() => this.clear()}
          .kept=${(/** @type {Playlist} */ playlist) => (this.playlist = playlist)}
        ></keep-search>
      </div>
      <library-tagging .app=${app} .tagging=${this.tagging}></library-tagging>
      <div role="status">${this.outcome(app)}</div>
      <library-rows
        .app=${app}
        .shelf=${shelf}
        .similar=${(/** @type {string} */ id) => this.begin({ like: [id] })}
        .lean=${(/** @type {string} */ id, /** @type {"like" | "unlike"} */ way) => find(leaning(search, id, way))}
        .leave=${() => this.dialog.close()}
      ></library-rows>
    `;
  }

  /** That a search takes a while, or found nothing. @param {App} app */
  outcome(app) {
    const { shelf, search, tagging } = this;
    if (!shelf.known) {
      const said = t(asks(search) ? "ui.library.searching" : "ui.loading");
      return html`<p class="empty library-busy"><span class="pulse" aria-hidden="true"></span> ${said}</p>`;
    }
    if (shelf.total) return nothing;
    const untagged = byRelevance(search) && tagging && !tagging.tagged;
    const why = untagged ? "ui.library.nothing_tagged" : "ui.library.nothing";
    return html`<p class="empty">${t(app.tracks.total ? why : "ui.library.empty")}</p>`;
  }

  /** @param {App} app */
  body(app) {
    if (this.view === "playlists") {
      return html`
        <library-playlists
          .app=${app}
          .open=${(/** @type {Playlist} */ one) => void this.open(one)}
          .known=${(/** @type {readonly Playlist[]} */ all) => (this.playlist = all.find(({ id }) => id === this.playlist?.id) ?? null)}
        ></library-playlists>
      `;
    }
    if (this.view === "duplicates") {
      return html`
        <library-tagging .app=${app} .tagging=${this.tagging}></library-tagging>
        <library-duplicates .app=${app} .leave=${() => this.dialog.close()}></library-duplicates>
      `;
    }
    return this.tracks(app);
  }

  render() {
    const { app } = this;
    if (!app) return nothing;
    const leave = () => this.dialog.close();
    return html`
      <dialog
        class="drawer library-drawer"
        aria-labelledby="library-title"
        data-testid="library"
        @close=${() => (this.opened = false)}
        @click=${(/** @type {Event} */ event) => event.target === this.dialog && leave()}
      >
        <div class="drawer-body">
          <header class="drawer-head">
            <h2 id="library-title">${t("ui.library")}</h2>
            <span class="hint" role="status" data-testid="library-count">
              ${this.view === "tracks" && this.shelf.known ? t("ui.library.count", { count: i18n.number(this.shelf.total) }) : nothing}
            </span>
            <button class="icon-button" aria-label=${t("ui.close")} @click=${leave}>${icon("close")}</button>
          </header>
          ${
            this.opened
              ? html`
                  <div class="segments" role="radiogroup" aria-label=${t("ui.library.views")}>
                    ${VIEWS.map((view) => this.segment(view))}
                  </div>
                  ${this.body(app)}
                  <player-bar class="drawer-bar" .app=${app} @show=${leave}></player-bar>
                `
              : nothing
          }
        </div>
      </dialog>
    `;
  }
}
customElements.define("library-drawer", LibraryDrawer);
export { LibraryDrawer };
