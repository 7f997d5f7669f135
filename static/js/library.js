import { html, nothing } from "/static/vendor/lit/index.js";
import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { PageElement } from "./element.js";
import { clock, i18n, t } from "./i18n.js";
import { icon } from "./icons.js";

/** @import { App } from "./app.js" */
/** @import { TrackRow } from "./types.js" */

/** A drawer with the tracks, newest first; any of them can become the card. */
class LibraryDrawer extends PageElement {
  static properties = { app: { attribute: false }, opened: { state: true } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    this.opened = false;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.opened && this.requestUpdate()));
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  async show() {
    this.opened = true;
    await this.updateComplete;
    this.dialog.showModal();
  }

  /** @param {App} app @param {TrackRow} row */
  line(app, row) {
    return html`
      <li>
        <button
          class="library-row"
          data-testid="library-track"
          data-track-id=${row.id}
          aria-current=${ifDefined(app.card?.id === row.id ? "true" : undefined)}
          @click=${() => {
            this.dialog.close();
            void app.open(row.id);
          }}
        >
          <span class="track-name" dir="auto">${row.prompt || row.name}</span>
          <span class="hint"
            >${row.model} · ${clock(row.duration_s)} · ${i18n.date(row.created_at)}</span
          >
          <span class="marks">
            ${row.favourite ? html`<span title=${t("ui.favourite")}>${icon("star")}</span>` : nothing}
            ${row.locked ? html`<span title=${t("ui.locked")}>${icon("lock")}</span>` : nothing}
          </span>
        </button>
      </li>
    `;
  }

  render() {
    const { app } = this;
    if (!app) return nothing;
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
            <span class="hint">${t("ui.library.count", { count: i18n.number(app.tracks.total) })}</span>
            <button class="icon-button" autofocus aria-label=${t("ui.close")} @click=${() => this.dialog.close()}>
              ${icon("close")}
            </button>
          </header>
          ${app.tracks.rows.length ? nothing : html`<p class="empty">${t("ui.library.empty")}</p>`}
          <ul class="library">
            ${
              this.opened
                ? repeat(
                    app.tracks.rows,
                    (row) => row.id,
                    (row) => this.line(app, row),
                  )
                : nothing
            }
          </ul>
          ${
            app.tracks.total > app.tracks.rows.length
              ? html`<button class="button small" @click=${() => app.tracks.older()}>${t("ui.library.older")}</button>`
              : nothing
          }
        </div>
      </dialog>
    `;
  }
}
customElements.define("library-drawer", LibraryDrawer);
export { LibraryDrawer };
