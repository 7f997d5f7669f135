import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { AppElement } from "./app-element.js";
import { icon } from "./icons.js";

/** @import { Notice } from "../core/types.js" */

/** @param {Notice} notice in the page's language where it can be */
const said = (notice) => (notice.key ? i18n.error({ ...notice, code: "", detail: notice }) : notice.message);

/** Passing words to the user, above the panes so that they cover nothing, and the voice that tells screen readers. */
class NoticeList extends AppElement {
  static properties = { announced: { state: true } };

  constructor() {
    super();
    this.announced = "";
    this.pressed = false;
    /** @type {Notice[]} */
    this.waiting = [];
  }

  attend() {
    const { app } = this;
    if (!app) return;
    this.own(
      app.on("announce", (text) => (this.announced = text)),
      app.on("notice", (notice) => this.add(notice)),
      app.notices.on("change", () => this.requestUpdate()),
    );
    this.listen(window, "pointerdown", () => this.press(true));
    this.listen(window, "pointerup", () => this.press(false));
    this.listen(window, "pointercancel", () => this.press(false));
  }

  /** What comes while somebody drags a handle waits: it would move what is under the pointer. @param {Notice} notice */
  add(notice) {
    if (this.pressed) this.waiting.push(notice);
    else this.app?.notices.add(notice);
  }

  /** @param {boolean} pressed */
  press(pressed) {
    this.pressed = pressed;
    if (!pressed) for (const notice of this.waiting.splice(0)) this.add(notice);
  }

  /** @param {number} id @param {NonNullable<Notice["action"]>} action */
  action(id, { label, act }) {
    const done = () => {
      this.app?.notices.dismiss(id);
      act();
    };
    return html`<button class="button small" data-testid="notice-action" @click=${done}>${label}</button>`;
  }

  /** @param {boolean} held */
  hold(held) {
    if (this.app) this.app.notices.held = held;
  }

  render() {
    const { app } = this;
    if (!app) return nothing;
    const { notices } = app;
    return html`
      <p class="unseen" role="status">${this.announced}</p>
      <div role="alert">
        <ul
          class="notices"
          data-testid="notices"
          @pointerenter=${() => this.hold(true)}
          @pointerleave=${() => this.hold(false)}
          @focusin=${() => this.hold(true)}
          @focusout=${() => this.hold(false)}
        >
          ${repeat(
            notices.shown,
            ({ id }) => id,
            (notice) => html`
              <li class="notice ${notice.level}" data-testid="notice">
                ${icon(notice.level === "info" ? "note" : "warning")}
                <span dir="auto">${said(notice)}</span>
                ${notice.action ? this.action(notice.id, notice.action) : nothing}
                <button class="icon-button" aria-label=${t("ui.dismiss")} @click=${() => notices.dismiss(notice.id)}>
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

/** The bell in the header, where there is something to read again: errors and warnings, the newest first. */
class NoticeBell extends AppElement {
  attend() {
    if (this.app) this.own(this.app.notices.on("change", () => this.requestUpdate()));
  }

  /** @param {ToggleEvent} event */
  toggled(event) {
    if (event.newState === "open") this.app?.notices.read();
  }

  render() {
    const { app } = this;
    if (!app?.notices.kept.length) return nothing;
    const { kept, unread } = app.notices;
    const label = t("ui.notices.bell", { count: i18n.number(unread) });
    return html`
      <button class="icon-button bell" data-testid="notice-bell" popovertarget="notice-history" aria-label=${label} title=${label}>
        ${icon("bell")} ${unread ? html`<span class="bell-count" aria-hidden="true">${i18n.number(unread)}</span>` : nothing}
      </button>
      <div id="notice-history" popover class="notice-history" data-testid="notice-history" @toggle=${this.toggled}>
        <div class="notice-history-head">
          <h2>${t("ui.notices")}</h2>
          <button class="button small quiet" data-testid="notice-clear" @click=${() => app.notices.clear()}>
            ${t("ui.notices.clear")}
          </button>
        </div>
        <ol>
          ${kept.map(
            (notice) => html`
              <li>
                <time>${i18n.time(notice.at)}</time>
                <span dir="auto">${said(notice)}</span>
              </li>
            `,
          )}
        </ol>
      </div>
    `;
  }
}
customElements.define("notice-bell", NoticeBell);
