import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { confirmed } from "../ui/dialog.js";
import { AccountPart, filled, moment } from "./part.js";
import * as server from "./server.js";

/** @import { Token } from "./server.js" */

const SCOPES = /** @type {const} */ (["read", "jobs", "write", "admin"]);
const LASTS_DAYS = /** @type {const} */ ([30, 90, 365]);

/**
 * Tokens by which programs come.
 *
 * @extends {AccountPart<{ items: Token[] }>}
 */
class AccountTokens extends AccountPart {
  static properties = { ...AccountPart.properties, lacking: { state: true } };

  constructor() {
    super();
    /** No scope was chosen. */
    this.lacking = false;
  }

  read() {
    return server.tokens();
  }

  /** @param {SubmitEvent} event */
  async make(event) {
    const { form, entries, values } = filled(event);
    const scopes = entries.flatMap(([name, value]) => (name === "scope" ? [value] : []));
    this.lacking = !scopes.length;
    if (this.lacking) return;
    const asked = { name: values.name ?? "", scopes, days: values.days ? Number(values.days) : null };
    const made = await this.does(async () => this.tell((await server.makeToken(asked)).token));
    if (made) form.reset();
  }

  /** @param {Token} token */
  async discard({ id, name }) {
    const title = t("ui.account.tokens.delete.title", { name });
    const asked = { title, text: t("ui.account.tokens.delete.text"), action: t("ui.account.tokens.delete") };
    if (await confirmed(asked)) await this.does(() => server.removeToken(id));
  }

  /** @param {Token} token */
  row(token) {
    const { name, scopes, expires_at, used_at } = token;
    return html`
      <li class="account-row" data-testid="token-row">
        <span>
          <bdi>${name}</bdi> <span class="hint">${i18n.list(scopes)}</span>
          <span class="hint">
            ${t("ui.account.ends", { at: moment(expires_at) })} · ${t("ui.account.used", { at: moment(used_at) })}
          </span>
        </span>
        <button
          class="button small"
          data-testid="token-delete"
          aria-label=${t("ui.account.tokens.delete.title", { name })}
          @click=${() => void this.discard(token)}
        >
          ${t("ui.account.tokens.delete")}
        </button>
      </li>
    `;
  }

  render() {
    const scopes = SCOPES.filter((scope) => scope !== "admin" || this.account?.user.role === "admin");
    return html`
      <p class="hint">${t("ui.account.tokens.hint")}</p>
      <ul>
        ${repeat(this.said?.items ?? [], ({ id }) => id, (token) => this.row(token))}
      </ul>
      <form class="account-form" data-testid="token-form" @submit=${this.make}>
        <label for="token-name">${t("ui.account.tokens.name")}</label>
        <input class="text" id="token-name" name="name" maxlength="200" required autocomplete="off" />
        <fieldset class="account-scopes">
          <legend>${t("ui.account.tokens.scopes")}</legend>
          ${scopes.map(
            (scope) => html`<label class="account-check">
              <input type="checkbox" name="scope" value=${scope} ?checked=${scope === "read"} />
              <span>${t(`ui.account.tokens.scope.${scope}`)}</span>
            </label>`,
          )}
        </fieldset>
        <label for="token-days">${t("ui.account.tokens.days")}</label>
        <select class="select" id="token-days" name="days">
          ${LASTS_DAYS.map((days) => html`<option value=${days} ?selected=${days === 90}>${t("ui.account.days", { count: i18n.number(days) })}</option>`)}
          <option value="">${t("ui.account.tokens.forever")}</option>
        </select>
        ${this.refusal()} ${this.lacking ? html`<p class="account-error" role="alert">${t("ui.account.tokens.lacking")}</p>` : nothing}
        <button class="button" data-testid="token-make">${t("ui.account.tokens.make")}</button>
      </form>
      ${this.told("token-secret", t("ui.account.tokens.made"))}
    `;
  }
}
customElements.define("account-tokens", AccountTokens);
