import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { address, asset } from "../core/address.js";
import { i18n, LANGUAGES, t } from "../core/i18n.js";
import { bodyOf } from "../server/api.js";
import { PageElement } from "../ui/element.js";
import { password } from "./password.js";

/** @import { ErrorBody } from "../core/types.js" */
/** @import { Session } from "./session.js" */

/** The form before the page, and over it when a login has ended in the middle: what lies below waits unseen. */
class LoginGate extends PageElement {
  static properties = { session: { state: true }, error: { state: true }, busy: { state: true }, email: { state: true }, invitation: { state: true } };

  constructor() {
    super();
    /** @type {(language: string) => Promise<void>} */
    this.speak = async () => {};
    /** Null while nobody has to log in. @type {Session | null} */
    this.session = null;
    /** @type {ErrorBody | null} */
    this.error = null;
    this.busy = false;
    /** Whose page waits; empty where none does. */
    this.email = "";
    /** Its secret, where somebody was invited. */
    this.invitation = "";
    this.entered = () => {};
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /**
   * Shows the form until somebody is logged in.
   *
   * @param {Session} session
   * @param {string} email whose page waits; empty where none does
   * @param {string} [invitation] its secret, where somebody was invited
   * @param {string} [reason] key of the sentence why a provider of logins let nobody in
   */
  async enter(session, email, invitation = "", reason = "") {
    this.session = session;
    this.email = email;
    this.invitation = invitation;
    this.error = reason ? { code: "FORBIDDEN", message: "", detail: { key: reason } } : null;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    await this.updateComplete;
    this.open();
    await new Promise((resolve) => (this.entered = () => resolve(undefined)));
    this.session = null;
    this.dialog.close();
    await this.updateComplete;
    if (before === document.body) return;
    before?.blur(); // a dialog gives the focus back, but Chromium no caret
    before?.focus();
  }

  /** Somebody came in another tab of this browser. */
  async look() {
    await this.session?.look().catch(() => {}); // the form says so when it is sent
    if (this.session?.said.user) this.entered();
  }

  open() {
    const { dialog } = this;
    dialog.showModal();
    const fields = /** @type {HTMLInputElement[]} */ ([...dialog.querySelectorAll("input")]);
    fields.find(({ value }) => !value)?.focus();
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    event.preventDefault();
    const { session } = this;
    if (!session || this.busy) return;
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const [email, password] = [String(form.get("email")), String(form.get("password"))];
    this.busy = true;
    this.error = null;
    try {
      if (this.invitation) await session.join(this.invitation, email, password);
      else await session.enter(email, password);
      this.entered();
    } catch (error) {
      this.error = bodyOf(error);
      await this.updateComplete;
      /** @type {HTMLInputElement | null} */ (this.querySelector("#login-password"))?.select();
    } finally {
      this.busy = false;
    }
  }

  /** The invitation is not for who has an account: they log in, or are. */
  async decline() {
    this.invitation = "";
    this.error = null;
    if (this.session?.said.user) return this.entered();
    await this.updateComplete;
    this.querySelector("input")?.focus();
  }

  /** @param {Event} event */
  async choose(event) {
    try {
      await this.speak(/** @type {HTMLSelectElement} */ (event.target).value);
    } catch (error) {
      this.error = bodyOf(error);
    }
  }

  declining() {
    return html`<button class="button small quiet" data-testid="login-decline" @click=${this.decline}>${t("ui.account.join.not")}</button>`;
  }

  /** Where a page waits, it does so beside the provider's. */
  provider() {
    return html`
      <a
        class="button"
        data-testid="login-oidc"
        href=${address("/api/session/oidc")}
        target=${this.email ? "_blank" : "_self"}
        rel="noopener"
      >
        ${t("ui.account.oidc")}
      </a>
    `;
  }

  render() {
    const { session, email, error, invitation } = this;
    if (!session) return nothing;
    const way = invitation ? "ui.account.join" : email ? "ui.account.ended" : "ui.account.login";
    return html`
      <dialog
        class="dialog login"
        aria-labelledby="login-title"
        data-testid="login"
        @cancel=${(/** @type {Event} */ event) => event.preventDefault()}
        @close=${() => this.session && this.open()}
      >
        <main>
          <img src=${asset("img/icon.svg")} alt="" width="40" height="40" />
          <h1 id="login-title">${t(way)}</h1>
          ${way === "ui.account.login" ? nothing : html`<p>${t(`${way}.text`, { email })}</p>`}
          <form method="post" class="account-form" aria-describedby=${ifDefined(error ? "login-error" : undefined)} @submit=${this.submit}>
            <label for="login-email">${t("ui.account.email")}</label>
            <input
              class="text"
              id="login-email"
              name="email"
              type="email"
              inputmode="email"
              autocomplete="username"
              autocapitalize="none"
              spellcheck="false"
              required
              .value=${email}
            />
            ${password({ id: "login-password", name: "password", label: t("ui.account.password"), autocomplete: invitation ? "new-password" : "current-password" })}
            <p id="login-error" class="account-error" role="alert" data-testid="login-error">${error ? i18n.error(error) : nothing}</p>
            <button class="button primary" data-testid="login-send" aria-busy=${this.busy}>
              ${t(invitation ? "ui.account.join.action" : "ui.account.login.action")}
            </button>
          </form>
          ${invitation ? this.declining() : nothing} ${session.said.oidc ? this.provider() : nothing}
          <label class="login-language">
            <span class="unseen">${t("ui.language")}</span>
            <select class="select" data-testid="login-language" @change=${this.choose}>
              ${Object.entries(LANGUAGES).map(
                ([value, title]) => html`<option value=${value} lang=${value} ?selected=${value === i18n.language}>${title}</option>`,
              )}
            </select>
          </label>
        </main>
      </dialog>
    `;
  }
}
customElements.define("login-gate", LoginGate);
export { LoginGate };
