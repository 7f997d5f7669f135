import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { AccountPart, moment } from "./part.js";
import { roles } from "./roles.js";
import * as server from "./server.js";

/** @import { Known } from "./server.js" */

/**
 * Everybody who has an account, for administrators.
 *
 * @extends {AccountPart<{ items: Known[] }>}
 */
class AccountUsers extends AccountPart {
  read() {
    return server.users();
  }

  /** @param {Known} user @param {Event} event */
  async turn({ id, role }, event) {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    if (!(await this.does(() => server.changeUser(id, { role: select.value })))) select.value = role;
  }

  /** @param {Known} user */
  row(user) {
    const { id, email, role, plan, seen_at, disabled_at } = user;
    const off = disabled_at !== null;
    const own = id === this.account?.user.id;
    const act = off ? "ui.account.users.enable" : "ui.account.users.disable";
    return html`
      <li class="account-row" data-testid="user-row" data-disabled=${off}>
        <span>
          <bdi>${email}</bdi> ${off ? html`<strong>${t("ui.account.users.disabled")}</strong>` : nothing}
          <span class="hint">${plan} · ${t("ui.account.users.seen", { at: moment(seen_at) })}</span>
        </span>
        <select
          class="select"
          data-testid="user-role"
          aria-label=${t("ui.account.users.role", { email })}
          ?disabled=${own}
          @change=${(/** @type {Event} */ event) => void this.turn(user, event)}
        >
          ${roles(role)}
        </select>
        <button
          class="button small"
          data-testid="user-turn"
          aria-label="${t(act)}: ${email}"
          ?disabled=${own}
          @click=${() => void this.does(() => server.changeUser(id, { disabled: !off }))}
        >
          ${t(act)}
        </button>
      </li>
    `;
  }

  render() {
    return html`${this.refusal()}
      <ul>
        ${repeat(this.said?.items ?? [], ({ id }) => id, (user) => this.row(user))}
      </ul>`;
  }
}
customElements.define("account-users", AccountUsers);
