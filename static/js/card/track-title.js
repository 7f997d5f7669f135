import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { TrackElement } from "../ui/app-element.js";

/** @import { TrackRecord } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** The title of a track, the card's headline, which can be changed in place. */
class TrackTitle extends TrackElement {
  static properties = { ...TrackElement.properties, naming: { state: true } };

  constructor() {
    super();
    this.naming = false;
  }

  async open() {
    this.naming = true;
    await this.updateComplete;
    /** @type {HTMLInputElement | null} */ (this.querySelector("input"))?.select();
  }

  async close() {
    this.naming = false;
    await this.updateComplete;
    this.querySelector("button")?.focus();
  }

  /** An empty title brings back the one that the track was made with. @param {App} app @param {TrackRecord} record */
  async save(app, record) {
    if (!this.naming) return;
    const title = /** @type {HTMLInputElement} */ (this.querySelector("input")).value.trim();
    if (title !== record.title) await app.edit(record, { title: title || null });
    await this.close();
  }

  render() {
    const { app, record } = this;
    if (!app || !record) return nothing;
    if (!app.owns(record)) return html`<h2 id="card-title" class="card-title" dir="auto">${record.title}</h2>`;
    if (!this.naming) {
      return html`<h2 id="card-title" class="card-title" dir="auto">
        <button class="title-button" data-testid="title" title=${t("ui.title.rename", { title: record.title })} @click=${this.open}>${record.title}</button>
      </h2>`;
    }
    return html`
      <h2 id="card-title" class="unseen">${record.title}</h2>
      <form
        @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          void this.save(app, record);
        }}
      >
        <input
          class="text card-title"
          dir="auto"
          maxlength="200"
          autocomplete="off"
          data-testid="title-name"
          aria-label=${t("ui.title")}
          title=${t("ui.title.hint")}
          placeholder=${record.made_title}
          .value=${record.title}
          @blur=${() => void this.save(app, record)}
          @keydown=${(/** @type {KeyboardEvent} */ event) => {
            if (event.key === "Escape") void this.close();
          }}
        />
      </form>
    `;
  }
}
customElements.define("track-title", TrackTitle);
