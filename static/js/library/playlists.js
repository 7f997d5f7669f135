import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { AppElement } from "../ui/app-element.js";
import { confirmed } from "../ui/dialog.js";
import { icon } from "../ui/icons.js";

/** @import { Playlist } from "../core/types.js" */

export const MAX_TITLE = 80;

/** The searches that are kept: opened, renamed, deleted, taken along as files for another player. */
class LibraryPlaylists extends AppElement {
  static properties = {
    ...AppElement.properties,
    open: { attribute: false },
    known: { attribute: false },
    playlists: { state: true },
    renaming: { state: true },
  };

  constructor() {
    super();
    /** @type {(playlist: Playlist) => void} */
    this.open = () => {};
    /** They were read. @type {(playlists: readonly Playlist[]) => void} */
    this.known = () => {};
    /** @type {readonly Playlist[] | null} null until they are known */
    this.playlists = null;
    /** The one that gets another title. */
    this.renaming = "";
  }

  attend() {
    super.attend();
    void this.load();
  }

  async load() {
    await this.ask(async () => {
      const { playlists } = await api.playlists();
      this.playlists = playlists;
      this.known(playlists);
    });
  }

  /** @param {() => Promise<unknown>} request */
  async ask(request) {
    try {
      await request();
    } catch (error) {
      this.app?.complain(api.bodyOf(error));
    }
  }

  /** @param {Playlist} playlist @param {Event} event */
  async rename(playlist, event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (this.querySelector("#playlist-title"));
    const title = input.value.trim();
    if (!title) return input.focus();
    await this.ask(() => api.editPlaylist(playlist.id, { title }));
    this.renaming = "";
    await this.load();
    this.reach(playlist.id);
  }

  /** @param {Playlist} playlist */
  async discard(playlist) {
    const title = t("ui.delete.title", { name: playlist.title });
    const text = t("ui.library.playlist.delete.text");
    if (!(await confirmed({ title, text, action: t("ui.delete.action") }))) return;
    await this.ask(() => api.removePlaylist(playlist.id));
    await this.load();
    this.reach("");
  }

  /** The focus goes to a playlist, or to the first. @param {string} id */
  async reach(id) {
    await this.updateComplete;
    const all = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".preset-use")]);
    (all.find((button) => button.dataset.playlistId === id) ?? all[0])?.focus();
  }

  /** @param {Playlist} playlist */
  line(playlist) {
    const { id, title: name } = playlist;
    if (this.renaming === id) {
      return html`
        <li>
          <form class="preset-row" @submit=${(/** @type {Event} */ event) => void this.rename(playlist, event)}>
            <input
              class="text"
              id="playlist-title"
              data-testid="playlist-new-title"
              maxlength=${MAX_TITLE}
              aria-label=${t("ui.library.playlist.title")}
              .value=${name}
              @keydown=${(/** @type {KeyboardEvent} */ event) => {
                if (event.key !== "Escape") return;
                event.preventDefault(); // the drawer stays open
                this.renaming = "";
                void this.reach(id);
              }}
            />
            <button class="button small">${t("ui.preset.rename.action")}</button>
          </form>
        </li>
      `;
    }
    const tool = (
      /** @type {"pencil" | "trash"} */ drawing,
      /** @type {string} */ label,
      /** @type {string} */ test,
      /** @type {() => void} */ act,
    ) => html`
      <button class="icon-button tiny" data-testid=${test} title=${label} aria-label=${label} @click=${act}>${icon(drawing)}</button>
    `;
    const download = t("ui.library.playlist.download", { name });
    return html`
      <li class="preset-row" data-testid="playlist">
        <button class="preset-use" dir="auto" data-testid="playlist-open" data-playlist-id=${id} @click=${() => this.open(playlist)}>${name}</button>
        ${tool("pencil", t("ui.library.playlist.rename", { name }), "playlist-rename", async () => {
          this.renaming = id;
          await this.updateComplete;
          /** @type {HTMLInputElement | null} */ (this.querySelector("#playlist-title"))?.select();
        })}
        <a class="icon-button tiny" href=${api.playlistUrl(id)} download data-testid="playlist-download" title=${download} aria-label=${download}>
          ${icon("download")}
        </a>
        ${tool("trash", t("ui.delete.of", { name }), "playlist-delete", () => void this.discard(playlist))}
      </li>
    `;
  }

  render() {
    const { app, playlists } = this;
    if (!app || !playlists) return nothing;
    return html`
      <div class="library-view">
        <p class="hint">${t("ui.library.playlists.hint")}</p>
        ${playlists.length ? nothing : html`<p class="empty">${t("ui.library.playlists.empty")}</p>`}
        <ul class="preset-list" aria-label=${t("ui.library.playlists")}>
          ${repeat(
            playlists,
            ({ id }) => id,
            (playlist) => this.line(playlist),
          )}
        </ul>
      </div>
    `;
  }
}
customElements.define("library-playlists", LibraryPlaylists);
