import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { PageElement } from "../ui/element.js";
import { icon } from "../ui/icons.js";
import "./invitations.js";
import "./links.js";
import "./logins.js";
import "./me.js";
import "./tokens.js";
import "./users.js";

/** @import { Account } from "./entrance.js" */

/** A drawer with all that concerns one's account, and for administrators those of others. */
class AccountPanel extends PageElement {
  static properties = { account: { attribute: false }, opened: { state: true } };

  constructor() {
    super();
    /** @type {Account | undefined} */
    this.account = undefined;
    this.opened = false;
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  async show() {
    this.opened = true;
    await this.updateComplete;
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** @param {string} name @param {unknown} inside */
  titled(name, inside) {
    return html`
      <section class="account-part" aria-labelledby="account-${name}">
        <h3 id="account-${name}">${t(`ui.account.${name}`)}</h3>
        ${inside}
      </section>
    `;
  }

  /** @param {Account} account */
  parts(account) {
    return html`
      <account-me .account=${account}></account-me>
      ${this.titled("logins", html`<account-logins .account=${account}></account-logins>`)}
      ${this.titled("links", html`<account-links .account=${account}></account-links>`)}
      ${this.titled("tokens", html`<account-tokens .account=${account}></account-tokens>`)}
      ${
        account.user.role === "admin"
          ? html`
              ${this.titled("invitations", html`<account-invitations .account=${account}></account-invitations>`)}
              ${this.titled("users", html`<account-users .account=${account}></account-users>`)}
            `
          : nothing
      }
    `;
  }

  render() {
    const { account } = this;
    const leave = () => this.dialog.close();
    return html`
      <dialog
        class="drawer account-drawer"
        aria-labelledby="account-title"
        data-testid="account"
        @close=${() => (this.opened = false)}
        @click=${(/** @type {Event} */ event) => event.target === this.dialog && leave()}
      >
        <div class="drawer-body">
          <header class="drawer-head">
            <h2 id="account-title">${t("ui.account")}</h2>
            <button class="icon-button" aria-label=${t("ui.close")} @click=${leave}>${icon("close")}</button>
          </header>
          ${account && this.opened ? this.parts(account) : nothing}
        </div>
      </dialog>
    `;
  }
}
customElements.define("account-panel", AccountPanel);
export { AccountPanel };
