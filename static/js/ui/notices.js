import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { AppElement } from "./app-element.js";
import { icon } from "./icons.js";

/** @import { Notice } from "../core/types.js" */

const SHOWN_MS = 8_000;

/** Passing words to the user, and the voice that tells screen readers what happened. */
class NoticeList extends AppElement {
  static properties = { notices: { state: true }, announced: { state: true } };

  constructor() {
    super();
    /** @type {readonly (Notice & { id: number })[]} */
    this.notices = [];
    this.announced = "";
    this.count = 0;
  }

  attend() {
    const { app } = this;
    if (!app) return;
    this.own(
      app.on("announce", (text) => (this.announced = text)),
      app.on("notice", (notice) => this.show(notice)),
    );
  }

  /** @param {Notice} notice */
  show(notice) {
    const id = ++this.count;
    this.notices = [...this.notices, { ...notice, id }].slice(-4);
    if (notice.level === "error") return;
    const timer = setTimeout(() => this.dismiss(id), SHOWN_MS);
    this.own(() => clearTimeout(timer));
  }

  /** @param {number} id */
  dismiss(id) {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  /** @param {number} id @param {NonNullable<Notice["action"]>} action */
  action(id, { label, act }) {
    const done = () => {
      this.dismiss(id);
      act();
    };
    return html`<button class="button small" data-testid="notice-action" @click=${done}>${label}</button>`;
  }

  render() {
    return html`
      <p class="unseen" role="status">${this.announced}</p>
      <div role="alert">
        <ul class="notices">
        ${repeat(
          this.notices,
          (notice) => notice.id,
          (notice) => html`
            <li class="notice ${notice.level}" data-testid="notice">
              ${icon(notice.level === "info" ? "note" : "warning")}
              <span dir="auto">${notice.key && i18n.has(notice.key) ? t(notice.key, notice.values) : notice.message}</span>
              ${notice.action ? this.action(notice.id, notice.action) : nothing}
              <button class="icon-button" aria-label=${t("ui.dismiss")} @click=${() => this.dismiss(notice.id)}>
                ${icon("close")}
              </button>
            </li>
          `,
        )}
        </ul>
      </div>
    `;
  }
}
customElements.define("notice-list", NoticeList);
