import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, LANGUAGES, t } from "./core/i18n.js";
import { AppElement } from "./ui/app-element.js";
import { icon } from "./ui/icons.js";
import { theme, THEMES } from "./ui/theme.js";
import "./chat/chat.js";
import "./chat/message.js";
import "./chat/prompt.js";
import "./chat/queue.js";
import "./settings/settings.js";
import "./ui/dialog.js";
import "./ui/drop.js";
import "./ui/notices.js";

/** @import { LibraryDrawer } from "./library/library.js" */
/** @typedef {"chat" | "card" | "settings"} View */

/** The frame: header, panes, and what lies above them. Narrow windows show one pane at a time. */
class PageShell extends AppElement {
  static properties = { view: { state: true }, complete: { state: true }, choose: { attribute: false } };

  constructor() {
    super();
    /** @type {View} */
    this.view = matchMedia("(width < 780px)").matches ? "chat" : "card";
    /** Whether what the first paint does not need has come. */
    this.complete = false;
    /** @type {Promise<void> | undefined} */
    this.loading = undefined;
    /** @type {(language: string) => void} */
    this.choose = () => {};
  }

  attend() {
    const { app } = this;
    if (!app) return;
    this.own(
      app.on("change", () => this.requestUpdate()),
      app.on("opened", () => (this.view = "card")),
      app.on("given", () => (this.view = "settings")),
      app.on("words", () => this.view === "settings" && innerWidth < 780 && (this.view = "chat")),
      theme.on("change", () => this.requestUpdate()),
    );
  }

  firstUpdated() {
    this.loading = this.load();
  }

  async load() {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))); // painted
    try {
      await import("./deferred.js");
      this.complete = true;
    } catch {
      this.app?.emit("notice", { level: "error", message: t("ui.error.unreachable") });
    }
  }

  async openLibrary() {
    await this.loading;
    await this.updateComplete;
    /** @type {LibraryDrawer | null} */ (this.querySelector("library-drawer"))?.show();
  }

  /** @param {View} view @param {string} label */
  tab(view, label) {
    return html`
      <button
        class="tab tab-${view}"
        aria-pressed=${this.view === view}
        data-testid="view-${view}"
        @click=${() => (this.view = view)}
      >
        ${label}
        ${view === "card" && this.app?.playing ? html`<span class="pulse" aria-hidden="true"></span>` : nothing}
      </button>
    `;
  }

  render() {
    const { app } = this;
    if (!app) return nothing;
    return html`
      <a class="skip" href="#prompt">${t("ui.skip")}</a>
      <header class="top">
        <h1 class="brand">
          <img src="/static/img/icon.svg" alt="" width="28" height="28" />
          <span>audiocraft<span class="brand-tail">-webui</span></span>
        </h1>
        <nav class="tabs" aria-label=${t("ui.views")}>
          ${this.tab("chat", t("ui.chat"))} ${this.tab("card", t("ui.track"))} ${this.tab("settings", t("ui.settings"))}
        </nav>
        <div class="top-tools">
          <button
            class="button small quiet"
            data-testid="open-library"
            aria-label=${t("ui.library")}
            @click=${this.openLibrary}
          >
            ${icon("library")} <span class="wide">${t("ui.library")}</span>
          </button>
          <label class="language">
            <span class="unseen">${t("ui.theme")}</span>
            <select
              class="select"
              data-testid="theme"
              title=${t("ui.theme")}
              @change=${(/** @type {Event} */ event) =>
                theme.choose(
                  THEMES.find((name) => name === /** @type {HTMLSelectElement} */ (event.target).value) ?? "auto",
                )}
            >
              ${THEMES.map(
                (name) =>
                  html`<option value=${name} ?selected=${name === theme.chosen}>${t(`ui.theme.${name}`)}</option>`,
              )}
            </select>
          </label>
          <label class="language">
            <span class="unseen">${t("ui.language")}</span>
            <select
              class="select"
              data-testid="language"
              @change=${(/** @type {Event} */ event) =>
                this.choose(/** @type {HTMLSelectElement} */ (event.target).value)}
            >
              ${Object.entries(LANGUAGES).map(
                ([code, name]) =>
                  html`<option value=${code} lang=${code} ?selected=${code === i18n.language}>${name}</option>`,
              )}
            </select>
          </label>
        </div>
      </header>
      ${
        app.connection.status === "lost"
          ? html`<p class="banner" role="alert" data-testid="connection">
              ${icon("warning")} ${t("ui.connection.lost")}
            </p>`
          : nothing
      }
      <main class="panes" data-view=${this.view}>
        <section class="pane pane-settings" aria-labelledby="settings-title">
          <h2 id="settings-title" class="pane-title">${t("ui.settings")}</h2>
          <settings-panel .app=${app}></settings-panel>
        </section>
        <section class="pane pane-chat">
          <chat-log .app=${app}></chat-log>
          <queue-panel .app=${app}></queue-panel>
          <prompt-box .app=${app}></prompt-box>
        </section>
        <section class="pane pane-card" aria-label=${t("ui.track")}>
          ${this.complete ? html`<track-card .app=${app}></track-card>` : nothing}
        </section>
      </main>
      ${this.complete ? html`<library-drawer .app=${app}></library-drawer>` : nothing}
      <confirm-dialog></confirm-dialog>
      <choose-dialog></choose-dialog>
      <notice-list .app=${app}></notice-list>
      <drop-veil .app=${app}></drop-veil>
    `;
  }
}
customElements.define("page-shell", PageShell);
