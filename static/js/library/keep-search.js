import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { MAX_TITLE } from "./playlists.js";
import { asks, keepable, same } from "./search.js";

/** @import { Playlist, Search } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** Clears the search that is on, or keeps it: as a playlist of its own, or in the one that it came from. */
class KeepSearch extends AppElement {
  static properties = {
    ...AppElement.properties,
    search: { attribute: false },
    playlist: { attribute: false },
    clear: { attribute: false },
    kept: { attribute: false },
    naming: { state: true },
  };

  constructor() {
    super();
    /** @type {Search} */
    this.search = {};
    /** The one that is open. @type {Playlist | null} */
    this.playlist = null;
    this.clear = () => {};
    /** @type {(playlist: Playlist) => void} */
    this.kept = () => {};
    this.naming = false;
  }

  /** @param {App} app @param {Promise<Playlist>} request */
  async keep(app, request) {
    try {
      const playlist = await request;
      this.naming = false;
      this.kept(playlist);
      app.emit("announce", t("ui.library.playlist.kept", { name: playlist.title }));
      await this.updateComplete;
      /** @type {HTMLElement | null} */ (this.querySelector("[data-testid=clear-search]"))?.focus();
    } catch (error) {
      app.complain(api.bodyOf(error));
    }
  }

  async name() {
    this.naming = true;
    await this.updateComplete;
    this.querySelector("input")?.focus();
  }

  /** @param {App} app */
  form(app) {
    return html`
      <form
        class="preset-row"
        @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          const input = /** @type {HTMLInputElement} */ (this.querySelector("input"));
          const title = input.value.trim();
          if (title) void this.keep(app, api.keepPlaylist(title, keepable(this.search)));
          else input.focus();
        }}
        @keydown=${(/** @type {KeyboardEvent} */ event) => {
          if (event.key !== "Escape") return;
          event.preventDefault(); // the drawer stays open
          this.naming = false;
        }}
      >
        <input
          class="text"
          data-testid="playlist-title"
          maxlength=${MAX_TITLE}
          autocomplete="off"
          aria-label=${t("ui.library.playlist.title")}
          placeholder=${t("ui.library.playlist.title")}
          .value=${this.search.q?.trim().slice(0, MAX_TITLE) ?? ""}
        />
        <button class="button small" data-testid="playlist-keep">${t("ui.preset.save")}</button>
      </form>
    `;
  }

  render() {
    const { app, search, playlist } = this;
    if (!app || !asks(search)) return nothing;
    if (this.naming) return this.form(app);
    const other = playlist && !same(playlist.search, search);
    return html`
      ${playlist ? html`<span class="hint" data-testid="open-playlist" dir="auto">${t("ui.library.playlist.open", { name: playlist.title })}</span>` : nothing}
      <button class="button small quiet" data-testid="clear-search" @click=${this.clear}>${icon("close")} ${t("ui.library.clear")}</button>
      ${
        other
          ? html`<button
              class="button small quiet"
              data-testid="playlist-change"
              @click=${() => void this.keep(app, api.editPlaylist(playlist.id, { search: keepable(search) }))}
            >
              ${t("ui.library.playlist.change")}
            </button>`
          : nothing
      }
      ${
        playlist && !other
          ? nothing
          : html`<button class="button small quiet" data-testid="keep-search" @click=${this.name}>
              ${icon("pin")} ${t("ui.library.playlist.keep")}
            </button>`
      }
    `;
  }
}
customElements.define("keep-search", KeepSearch);
