import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { bodyOf } from "../server/api.js";
import { PageElement } from "../ui/element.js";
import { icon } from "../ui/icons.js";

/** @import { ErrorBody } from "../core/types.js" */
/** @import { Account } from "./entrance.js" */

/**
 * A part of the account: what the server says, read when it is shown and after each change.
 *
 * @template Said
 */
export class AccountPart extends PageElement {
  static properties = {
    account: { attribute: false },
    said: { state: true },
    error: { state: true },
    secret: { state: true },
    copied: { state: true },
  };

  constructor() {
    super();
    /** @type {Account | undefined} */
    this.account = undefined;
    /** @type {Said | null} */
    this.said = null;
    /** @type {ErrorBody | null} */
    this.error = null;
    /** What was made and is told this once. */
    this.secret = "";
    this.copied = false;
  }

  attend() {
    void this.does(async () => {});
  }

  /** @returns {Promise<Said>} */
  read() {
    throw new Error("a part that reads nothing");
  }

  /** Does it and reads again; false where it was refused, which is said. @param {() => Promise<unknown>} act */
  async does(act) {
    this.error = null;
    try {
      await act();
      this.said = await this.read();
      return true;
    } catch (error) {
      this.error = bodyOf(error);
      return false;
    }
  }

  /** @param {string} id of the field that shows it */
  async copy(id) {
    const field = /** @type {HTMLInputElement | null} */ (this.querySelector(`#${id}`));
    field?.select();
    try {
      await navigator.clipboard.writeText(this.secret);
      this.copied = true;
    } catch {
      this.copied = false; // it is selected, to be copied by hand
    }
  }

  /** @param {string} secret */
  tell(secret) {
    this.secret = secret;
    this.copied = false;
  }

  /** @param {string} id @param {string} label */
  told(id, label) {
    if (!this.secret) return nothing;
    return html`
      <div class="account-secret" data-testid=${id}>
        <label for=${id}>${label}</label>
        <span class="password">
          <input class="text" id=${id} readonly .value=${this.secret} aria-describedby="${id}-once" />
          <button class="button small" type="button" data-testid="${id}-copy" @click=${() => void this.copy(id)}>
            ${icon("copy")} ${t("ui.account.copy")}
          </button>
        </span>
        <p class="hint" id="${id}-once">${t("ui.account.once")}</p>
        <p class="unseen" role="status">${this.copied ? t("ui.account.copied") : nothing}</p>
      </div>
    `;
  }

  refusal() {
    return html`<p class="account-error" role="alert">${this.error ? i18n.error(this.error) : nothing}</p>`;
  }
}

/** What a form holds; empty fields are left out. @param {SubmitEvent} event */
export function filled(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const entries = [...new FormData(form)].map(([name, value]) => /** @type {const} */ ([name, String(value)]));
  return { form, entries, values: /** @type {Record<string, string>} */ (Object.fromEntries(entries.filter(([, value]) => value))) };
}

/** @param {number | null} unix_s */
export const moment = (unix_s) => (unix_s === null ? t("ui.account.never") : i18n.date(unix_s));
