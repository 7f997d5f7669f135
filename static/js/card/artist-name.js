import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { TrackElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";

/** @import { TrackRecord } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** The artist of a track, which can be changed in place. */
class ArtistName extends TrackElement {
  static properties = { ...TrackElement.properties, naming: { state: true } };

  constructor() {
    super();
    this.naming = false;
  }

  /** @param {App} app @param {TrackRecord} record @param {Event} event */
  async rename(app, record, event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (this.querySelector("#artist"));
    await app.edit(record, { artist: input.value.trim() || null });
    this.naming = false;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector("[data-testid=artist]"))?.focus();
  }

  render() {
    const { app, record } = this;
    if (!app || !record) return nothing;
    if (!app.owns(record)) return html`<span data-testid="artist" dir="auto">${record.artist}</span>`;
    if (!this.naming) {
      const open = async () => {
        this.naming = true;
        await this.updateComplete;
        /** @type {HTMLInputElement | null} */ (this.querySelector("#artist"))?.select();
      };
      const label = record.artist ? t("ui.artist.rename") : t("ui.artist.add");
      return html`
        <button class="button small quiet" data-testid="artist" aria-label=${label} title=${label} @click=${open}>
          ${icon("pencil")} <span dir="auto">${record.artist ?? t("ui.artist.add")}</span>
        </button>
      `;
    }
    return html`
      <form class="artist-form" @submit=${(/** @type {Event} */ event) => this.rename(app, record, event)}>
        <input
          id="artist"
          class="text"
          maxlength="100"
          autocomplete="off"
          data-testid="artist-name"
          aria-label=${t("ui.artist")}
          .value=${record.artist ?? ""}
          @keydown=${(/** @type {KeyboardEvent} */ event) => {
            if (event.key === "Escape") this.naming = false;
          }}
        />
        <button class="button small" data-testid="artist-save">${t("ui.artist.save")}</button>
      </form>
    `;
  }
}
customElements.define("artist-name", ArtistName);
