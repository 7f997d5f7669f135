import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { linkRow } from "./links.js";
import { AccountPart, filled, moment } from "./part.js";
import * as server from "./server.js";

/** @import { Link } from "./server.js" */

const HOUR_S = 3_600;
const LASTS_S = /** @type {const} */ ([HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S, 30 * 24 * HOUR_S]);
const USUAL_S = 7 * 24 * HOUR_S;

/** @param {number} seconds */
function period(seconds) {
  const hours = seconds / HOUR_S;
  return hours < 24 ? t("ui.account.link.hours", { count: i18n.number(hours) }) : t("ui.account.days", { count: i18n.number(hours / 24) });
}

/**
 * Links by which anybody may hear a track: made for some time, listed, ended.
 *
 * @extends {AccountPart<{ items: Link[] }>}
 */
class ShareDialog extends AccountPart {
  static properties = { ...AccountPart.properties, track: { attribute: false } };

  constructor() {
    super();
    /** @type {{ id: string, title: string }} */
    this.track = { id: "", title: "" };
  }

  attend() {}

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @param {{ id: string, title: string }} track */
  async show(track) {
    this.track = track;
    this.said = null;
    this.tell("");
    await this.updateComplete;
    this.dialog.showModal();
    await this.does(async () => {});
  }

  read() {
    return server.linksTo(this.track.id);
  }

  /** @param {SubmitEvent} event */
  async make(event) {
    const { values } = filled(event);
    await this.does(async () => this.tell((await server.makeLink(this.track.id, Number(values.expires_in))).url));
  }

  /** @param {Link} link */
  async end({ id }) {
    await this.does(() => server.endLink(id));
    this.tell("");
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector("#link-time"))?.focus();
  }

  /** @param {Link} link */
  row(link) {
    return linkRow(link, t("ui.account.ends", { at: moment(link.expires_at) }), () => void this.end(link));
  }

  render() {
    const links = this.said?.items ?? [];
    return html`
      <dialog class="dialog" aria-labelledby="link-title" aria-describedby="link-hint" data-testid="share-dialog">
        <h2 id="link-title" dir="auto">${t("ui.account.link.of", { title: this.track.title })}</h2>
        <p id="link-hint">${t("ui.account.link.hint")}</p>
        <form class="account-form" data-testid="link-form" @submit=${this.make}>
          <label for="link-time">${t("ui.account.tokens.days")}</label>
          <select class="select" id="link-time" name="expires_in" autofocus>
            ${LASTS_S.map((seconds) => html`<option value=${seconds} ?selected=${seconds === USUAL_S}>${period(seconds)}</option>`)}
          </select>
          ${this.refusal()}
          <button class="button primary" data-testid="link-make">${t("ui.account.invitations.make")}</button>
        </form>
        ${this.told("link-url", t("ui.account.invitations.made"))}
        ${
          links.length
            ? html`
                <h3>${t("ui.account.link.good")}</h3>
                <ul>
                  ${repeat(links, ({ id }) => id, (link) => this.row(link))}
                </ul>
              `
            : nothing
        }
        <form method="dialog" class="dialog-actions">
          <button class="button" data-testid="share-close">${icon("close")} ${t("ui.close")}</button>
        </form>
      </dialog>
    `;
  }
}
customElements.define("share-dialog", ShareDialog);

/** Opens the dialog about a track's links. @param {{ id: string, title: string }} track */
export async function share(track) {
  const dialog = /** @type {ShareDialog} */ (document.querySelector("share-dialog") ?? document.body.appendChild(document.createElement("share-dialog")));
  await dialog.show(track);
}
