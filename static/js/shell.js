import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { asset } from "./core/address.js";
import { i18n, LANGUAGES, t } from "./core/i18n.js";
import { TWO } from "./store/panes.js";
import { AppElement } from "./ui/app-element.js";
import { icon } from "./ui/icons.js";
import { pageKeys } from "./ui/page-keys.js";
import { theme, THEMES } from "./ui/theme.js";
import "./chat/chat.js";
import "./chat/message.js";
import "./chat/prompt.js";
import "./ui/drop.js";
import "./ui/notices.js";
import "./ui/pane-border.js";

/** @import { Account } from "./account/entrance.js" */
/** @import { AccountPanel } from "./account/panel.js" */
/** @import { Search } from "./core/types.js" */
/** @import { App } from "./store/app.js" */
/** @import { Folding, Panes } from "./store/panes.js" */
/** @import { LibraryDrawer } from "./library/library.js" */
/** @import { KeysDialog } from "./ui/keys-dialog.js" */
/** @typedef {"chat" | "card" | "settings"} View */

/** The frame: header, panes, and what lies above them. Narrow windows show one pane at a time. */
class PageShell extends AppElement {
  static properties = {
    view: { state: true },
    complete: { state: true },
    library: { state: true },
    menu: { state: true },
    choose: { attribute: false },
    panes: { attribute: false },
    account: { attribute: false },
  };

  constructor() {
    super();
    /** @type {View} */
    this.view = innerWidth < TWO ? "chat" : "card";
    /** Theme and language are shown, where they have no place in the header. */
    this.menu = false;
    /** @type {Panes | undefined} */
    this.panes = undefined;
    /** Who is logged in; null where nobody has to. @type {Account | null} */
    this.account = null;
    /** Whether what the first paint does not need has come. */
    this.complete = false;
    /** Whether the library has been opened: it comes when it is. */
    this.library = false;
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
      app.on("seek", (search) => void this.openLibrary(search)),
      app.on("opened", () => (this.view = "card")),
      app.on("given", () => this.ask("settings")),
      app.on("wanted", () => this.ask("settings")),
      app.on("words", () => this.ask(this.view === "settings" && innerWidth < TWO ? "chat" : this.view)),
      theme.on("change", () => this.requestUpdate()),
    );
    this.own(pageKeys(app, { prompt: () => void this.toPrompt(), keys: () => void this.openKeys() }));
    if (this.panes) this.own(this.panes.on("change", () => this.requestUpdate()));
    this.listen(window, "resize", () => this.requestUpdate());
    this.listen(document, "pointerdown", (event) => {
      if (this.menu && !event.target.closest(".top-menu, [data-testid=menu]")) this.menu = false;
    });
  }

  /** Something waits at the prompt: it must be there to be seen. @param {View} view */
  ask(view) {
    this.view = view;
    if (this.panes?.isFolded("chat")) this.panes.fold("chat", false);
  }

  updated() {
    const frame = /** @type {HTMLElement | null} */ (this.querySelector(".panes"));
    if (!frame || !this.panes) return;
    const { settings, [this.panes.beside]: side } = this.panes.fitted(innerWidth);
    frame.style.setProperty("--settings", `${settings}px`);
    frame.style.setProperty("--side", `${side}px`);
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

  async toPrompt() {
    this.ask(innerWidth < TWO ? "chat" : this.view);
    await this.updateComplete;
    document.getElementById("prompt")?.focus();
  }

  async openKeys() {
    await this.loading;
    await this.updateComplete;
    /** @type {KeysDialog | null} */ (this.querySelector("keys-dialog"))?.show();
  }

  /** Waits for a part that comes when it is opened; false where it cannot. @param {() => Promise<unknown>} part */
  async fetched(part) {
    await this.loading;
    await this.updateComplete;
    try {
      await part();
      return true;
    } catch {
      this.app?.emit("notice", { level: "error", message: t("ui.error.unreachable") });
      return false;
    }
  }

  async openAccount() {
    this.menu = false;
    if (!(await this.fetched(() => import("./account/panel.js")))) return;
    await /** @type {AccountPanel | null} */ (this.querySelector("account-panel"))?.show();
  }

  /** @param {Search} [search] what to look for there */
  async openLibrary(search) {
    if (!(await this.fetched(() => import("./library/library.js")))) return;
    this.library = true;
    await this.updateComplete;
    await /** @type {LibraryDrawer | null} */ (this.querySelector("library-drawer"))?.show(search);
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

  closeMenu() {
    this.menu = false;
    /** @type {HTMLElement | null} */ (this.querySelector("[data-testid=menu]"))?.focus();
  }

  /**
   * A list of the header; a language is written in itself.
   *
   * @param {"theme" | "language"} name
   * @param {string} label
   * @param {[string, string][]} options
   * @param {string} chosen
   * @param {(value: string) => void} choose
   */
  choices(name, label, options, chosen, choose) {
    return html`
      <label class="top-choice">
        <span class="top-label">${label}</span>
        <select
          class="select"
          data-testid=${name}
          title=${label}
          @change=${(/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value)}
        >
          ${options.map(
            ([value, title]) =>
              html`<option value=${value} lang=${ifDefined(name === "language" ? value : undefined)} ?selected=${value === chosen}>
                ${title}
              </option>`,
          )}
        </select>
      </label>
    `;
  }

  /** @param {Account} account */
  accountButton({ user }) {
    const label = t("ui.account.of", { email: user.email });
    return html`
      <button class="icon-button" data-testid="open-account" aria-label=${label} title=${label} @click=${this.openAccount}>
        ${icon("person")}
      </button>
    `;
  }

  /** What keeps the page from the server, or the server from what it works with: the first of it alone. @param {App} app */
  trouble({ connection: { status }, away: [service] }) {
    const apart = status === "lost" || status === "blocked";
    if (!apart && !service) return nothing;
    return html`<p class="banner" role="alert" data-testid=${apart ? "connection" : "away"}>
      ${icon("warning")} ${t(apart ? `ui.connection.${status}` : `ui.away.${service}`)}
    </p>`;
  }

  /** @param {Panes} panes @param {Folding} pane @param {"sidebar" | "chat"} drawing @param {string} label */
  foldButton(panes, pane, drawing, label) {
    const shown = !panes.isFolded(pane);
    return html`
      <button
        class="icon-button fold fold-${pane}"
        data-testid="fold-${pane}"
        aria-pressed=${shown}
        aria-label=${label}
        title=${label}
        @click=${() => panes.fold(pane, shown)}
      >
        ${icon(drawing)}
      </button>
    `;
  }

  /** Gives the card the wide place, or takes it back. @param {Panes} panes */
  deskButton(panes) {
    const label = t(panes.desk ? "ui.panes.desk.leave" : "ui.panes.desk");
    return html`
      <button
        class="icon-button desk-button"
        data-testid="desk"
        aria-pressed=${panes.desk}
        aria-label=${label}
        title=${label}
        @click=${() => panes.setDesk(!panes.desk)}
      >
        ${icon(panes.desk ? "narrow" : "wide")}
      </button>
    `;
  }

  render() {
    const { app, panes } = this;
    if (!app || !panes) return nothing;
    const fitted = panes.fitted(innerWidth);
    const { beside } = panes;
    return html`
      <a class="skip" href="#prompt">${t("ui.skip")}</a>
      <header class="top">
        ${this.foldButton(panes, "settings", "sidebar", t("ui.panes.fold.settings"))}
        <h1 class="brand">
          <img src=${asset("img/icon.svg")} alt="" width="28" height="28" />
          <span>audiocraft<span class="brand-tail">-webui</span></span>
        </h1>
        <nav class="tabs" aria-label=${t("ui.views")}>
          ${this.tab("chat", t("ui.chat"))} ${this.tab("card", t("ui.track"))} ${this.tab("settings", t("ui.settings"))}
        </nav>
        <div class="top-tools">
          ${panes.desk ? this.foldButton(panes, "chat", "chat", t("ui.panes.fold.chat")) : nothing}
          <button
            class="button small quiet"
            data-testid="open-library"
            aria-label=${t("ui.library")}
            @click=${() => void this.openLibrary()}
          >
            ${icon("library")} <span class="wide">${t("ui.library")}</span>
          </button>
          <notice-bell .app=${app}></notice-bell>
          <button
            class="icon-button menu-button"
            data-testid="menu"
            aria-label=${t("ui.menu")}
            aria-expanded=${this.menu}
            aria-controls="top-menu"
            @click=${() => (this.menu = !this.menu)}
          >
            ${icon("menu")}
          </button>
          <div
            id="top-menu"
            class="top-menu"
            data-open=${this.menu}
            @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.closeMenu()}
          >
            ${this.choices(
              "theme",
              t("ui.theme"),
              THEMES.map((name) => [name, t(`ui.theme.${name}`)]),
              theme.chosen,
              (name) => theme.choose(THEMES.find((known) => known === name) ?? "auto"),
            )}
            <button
              class="icon-button keys-button"
              data-testid="open-keys"
              aria-label=${t("ui.keys")}
              title=${t("ui.keys")}
              @click=${this.openKeys}
            >
              <kbd aria-hidden="true">?</kbd>
            </button>
            ${this.choices("language", t("ui.language"), Object.entries(LANGUAGES), i18n.language, this.choose)}
            ${this.account ? this.accountButton(this.account) : nothing}
          </div>
        </div>
      </header>
      ${this.trouble(app)}
      <notice-list .app=${app}></notice-list>
      <main
        class="panes"
        data-view=${this.view}
        data-desk=${panes.desk}
        data-folded=${["settings", "chat"].filter((pane) => panes.isFolded(/** @type {Folding} */ (pane))).join(" ")}
      >
        <section class="pane pane-settings" aria-labelledby="settings-title">
          <h2 id="settings-title" class="pane-title">${t("ui.settings")}</h2>
          ${this.complete ? html`<settings-panel .app=${app}></settings-panel>` : nothing}
        </section>
        <pane-border
          class="border-settings"
          .panes=${panes}
          .pane=${"settings"}
          .edge=${"right"}
          .window_px=${innerWidth}
          .width_px=${fitted.settings}
        ></pane-border>
        <section class="pane pane-chat">
          <chat-log .app=${app}></chat-log>
          ${this.complete ? html`<queue-panel .app=${app}></queue-panel>` : nothing}
          <prompt-box .app=${app}></prompt-box>
        </section>
        <pane-border
          class="border-side"
          .panes=${panes}
          .pane=${beside}
          .edge=${panes.desk ? "right" : "left"}
          .window_px=${innerWidth}
          .width_px=${fitted[beside]}
        ></pane-border>
        <section class="pane pane-card" aria-label=${t("ui.track")}>
          ${app.card.id ? this.deskButton(panes) : nothing}
          ${this.complete ? html`<track-card .app=${app}></track-card>` : nothing}
        </section>
      </main>
      ${app.playback.audio} ${this.complete ? html`<player-bar class="main-bar" .app=${app}></player-bar>` : nothing}
      ${this.complete ? html`${this.library ? html`<library-drawer .app=${app}></library-drawer>` : nothing}<keys-dialog></keys-dialog>` : nothing}
      ${this.account ? html`<account-panel .account=${this.account}></account-panel>` : nothing}
      <drop-veil .app=${app}></drop-veil>
    `;
  }
}
customElements.define("page-shell", PageShell);
