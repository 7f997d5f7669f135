import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { read, write } from "../core/storage.js";
import { bodyOf } from "../server/api.js";
import { KEY as PRESETS } from "../store/presets.js";
import { confirmed } from "../ui/dialog.js";
import { AccountPart, filled } from "./part.js";
import { password } from "./password.js";
import * as server from "./server.js";

/** @import { Amounts, Me } from "./server.js" */

const KEEP = "keep_v1";
/** What exists in this browser alone: presets, and changes of dramas that are not rendered. */
const ONLY_HERE = [PRESETS, "drama_drafts_v1"];
const AMOUNTS = /** @type {const} */ (["jobs_waiting", "minutes_a_day", "gigabytes"]);

/**
 * Who is logged in, what they use of what they may, and their password.
 *
 * @extends {AccountPart<Me>}
 */
class AccountMe extends AccountPart {
  static properties = { ...AccountPart.properties, changed: { state: true } };

  constructor() {
    super();
    this.changed = false;
  }

  read() {
    return server.me();
  }

  /** @param {SubmitEvent} event */
  async change(event) {
    const { form, values } = filled(event);
    this.changed = await this.does(() => server.changePassword(values.password ?? "", values.new_password ?? ""));
    if (this.changed) form.reset();
  }

  /** The user alone has this computer: what the browser keeps stays there. */
  get keeps() {
    return Boolean(this.account && read(this.account.storage, KEEP, false));
  }

  /** @param {Event} event */
  keep({ target }) {
    if (this.account) write(this.account.storage, KEEP, /** @type {HTMLInputElement} */ (target).checked);
  }

  async leave() {
    const { account, keeps } = this;
    if (!account) return;
    const lost = ONLY_HERE.some((name) => Object.keys(read(account.storage, name, {})).length > 0);
    const question = { title: t("ui.account.leave.title"), text: t("ui.account.leave.text"), action: t("ui.account.leave.forget") };
    if (lost && !keeps && !(await confirmed(question))) return;
    try {
      await account.leave(!keeps);
    } catch (error) {
      this.error = bodyOf(error);
    }
  }

  /** @param {Me} me @param {keyof Amounts} what */
  amount({ used, allowed }, what) {
    const most = allowed[what];
    const numbers = { used: i18n.number(used[what] ?? 0), most: i18n.number(most ?? 0) };
    const label = t(`ui.account.amount.${what}`);
    return html`
      <dt>${label}</dt>
      <dd data-testid="amount-${what}">
        ${t(most === null ? "ui.account.amount.free" : "ui.account.amount", numbers)}
        ${most === null ? nothing : html`<meter aria-label=${label} max=${Math.max(most, 1e-9)} .value=${used[what] ?? 0}></meter>`}
      </dd>
    `;
  }

  /** @param {Me} me */
  passwordForm({ email }) {
    return html`
      <details class="section">
        <summary>${t("ui.account.password.change")}</summary>
        <form method="post" class="account-form" data-testid="password-form" @submit=${this.change}>
          <input type="email" name="email" autocomplete="username" .value=${email} hidden />
          ${password({ id: "password-now", name: "password", label: t("ui.account.password.now"), autocomplete: "current-password" })}
          ${password({
            id: "password-new",
            name: "new_password",
            label: t("ui.account.password.new"),
            autocomplete: "new-password",
            hint: t("ui.account.password.hint"),
          })}
          <button class="button">${t("ui.account.password.change")}</button>
        </form>
        <p role="status" data-testid="password-changed">${this.changed ? t("ui.account.password.changed") : nothing}</p>
      </details>
    `;
  }

  render() {
    const { said } = this;
    return html`
      ${this.refusal()}
      ${
        said
          ? html`
              <dl class="account-facts">
                <dt>${t("ui.account.email")}</dt>
                <dd data-testid="account-email">${said.email}</dd>
                <dt>${t("ui.account.role")}</dt>
                <dd>${t(`ui.account.role.${said.role}`)}</dd>
                <dt>${t("ui.account.plan")}</dt>
                <dd>${said.plan}</dd>
                ${AMOUNTS.map((what) => this.amount(said, what))}
              </dl>
              <button class="button" data-testid="log-out" @click=${this.leave}>${t("ui.account.leave")}</button>
              <label class="account-keep">
                <input type="checkbox" data-testid="keep" .checked=${this.keeps} @change=${this.keep} />
                <span>${t("ui.account.leave.keep")} <span class="hint">${t("ui.account.leave.hint")}</span></span>
              </label>
              ${this.passwordForm(said)}
            `
          : nothing
      }
    `;
  }
}
customElements.define("account-me", AccountMe);
