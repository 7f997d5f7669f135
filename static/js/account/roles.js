import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";

const ROLES = /** @type {const} */ (["user", "admin"]);

/** @param {string} chosen */
export const roles = (chosen) =>
  ROLES.map((role) => html`<option value=${role} ?selected=${role === chosen}>${t(`ui.account.role.${role}`)}</option>`);
