import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { AccountPart, moment } from "./part.js";
import * as server from "./server.js";

/** @import { Link } from "./server.js" */

/** @param {Link} link @param {unknown} told what it says of it @param {() => void} end */
export function linkRow({ title, expires_at }, told, end) {
  return html`
    <li class="account-row" data-testid="link-row">
      <span>${told}</span>
      <button class="button small" data-testid="link-end" aria-label=${t("ui.account.link.end.of", { title, at: moment(expires_at) })} @click=${end}>
        ${t("ui.account.link.end")}
      </button>
    </li>
  `;
}

/**
 * All links by which anybody may hear tracks of the user's.
 *
 * @extends {AccountPart<{ items: Link[] }>}
 */
class AccountLinks extends AccountPart {
  read() {
    return server.links();
  }

  /** @param {Link} link */
  row(link) {
    const told = html`<bdi>${link.title}</bdi> <span class="hint">${t("ui.account.ends", { at: moment(link.expires_at) })}</span>`;
    return linkRow(link, told, () => void this.does(() => server.endLink(link.id)));
  }

  render() {
    return html`${this.refusal()}
      <p class="hint">${t("ui.account.links.hint")}</p>
      <ul>
        ${repeat(this.said?.items ?? [], ({ id }) => id, (link) => this.row(link))}
      </ul>`;
  }
}
customElements.define("account-links", AccountLinks);
