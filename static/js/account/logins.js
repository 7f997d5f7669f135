import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { browserName } from "./browser.js";
import { AccountPart, moment } from "./part.js";
import * as server from "./server.js";

/** @import { Login } from "./server.js" */

/**
 * Where one is logged in.
 *
 * @extends {AccountPart<{ items: Login[] }>}
 */
class AccountLogins extends AccountPart {
  read() {
    return server.logins();
  }

  /** @param {Login} login */
  row({ id, name, used_at, created_at, current }) {
    const called = browserName(name) || t("ui.account.unnamed");
    return html`
      <li class="account-row" data-testid="login-row">
        <span>
          <bdi>${called}</bdi> ${current ? html`<strong>${t("ui.account.logins.this")}</strong>` : nothing}
          <span class="hint">${t("ui.account.used", { at: moment(used_at ?? created_at) })}</span>
        </span>
        ${
          current
            ? nothing
            : html`<button
                class="button small"
                data-testid="login-end"
                aria-label=${t("ui.account.logins.end.of", { name: called })}
                @click=${() => void this.does(() => server.endLogin(id))}
              >
                ${t("ui.account.logins.end")}
              </button>`
        }
      </li>
    `;
  }

  render() {
    return html`${this.refusal()}
      <ul>
        ${repeat(this.said?.items ?? [], ({ id }) => id, (login) => this.row(login))}
      </ul>`;
  }
}
customElements.define("account-logins", AccountLogins);
