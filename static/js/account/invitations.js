import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { AccountPart, filled, moment } from "./part.js";
import { roles } from "./roles.js";
import * as server from "./server.js";

/** @import { Invitation } from "./server.js" */

/**
 * Links by which people make an account, for administrators.
 *
 * @extends {AccountPart<{ items: Invitation[] }>}
 */
class AccountInvitations extends AccountPart {
  read() {
    return server.invitations();
  }

  /** @param {SubmitEvent} event */
  async invite(event) {
    const { form, values } = filled(event);
    const asked = { email: values.email ?? null, role: values.role ?? "user" };
    if (await this.does(async () => this.tell((await server.invite(asked)).link))) form.reset();
  }

  /** @param {Invitation} invitation */
  row({ id, email, role, expires_at }) {
    const whom = email ?? t("ui.account.invitations.anybody");
    return html`
      <li class="account-row" data-testid="invitation-row">
        <span>
          <bdi>${whom}</bdi>
          <span class="hint">${t(`ui.account.role.${role}`)} · ${t("ui.account.ends", { at: moment(expires_at) })}</span>
        </span>
        <button
          class="button small"
          data-testid="invitation-revoke"
          aria-label=${t("ui.account.invitations.revoke.of", { email: whom })}
          @click=${() => void this.does(() => server.revokeInvitation(id))}
        >
          ${t("ui.account.invitations.revoke")}
        </button>
      </li>
    `;
  }

  render() {
    return html`
      <ul>
        ${repeat(this.said?.items ?? [], ({ id }) => id, (invitation) => this.row(invitation))}
      </ul>
      <form class="account-form" data-testid="invitation-form" @submit=${this.invite}>
        <label for="invitation-email">${t("ui.account.invitations.email")}</label>
        <input class="text" id="invitation-email" name="email" type="email" autocomplete="off" aria-describedby="invitation-hint" />
        <p class="hint" id="invitation-hint">${t("ui.account.invitations.hint")}</p>
        <label for="invitation-role">${t("ui.account.role")}</label>
        <select class="select" id="invitation-role" name="role">
          ${roles("user")}
        </select>
        ${this.refusal()}
        <button class="button" data-testid="invitation-make">${t("ui.account.invitations.make")}</button>
      </form>
      ${this.told("invitation-link", t("ui.account.invitations.made"))}
    `;
  }
}
customElements.define("account-invitations", AccountInvitations);
