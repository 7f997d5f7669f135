import { html } from "/static/vendor/lit/index.js";
import { PageElement } from "./element.js";
import { t } from "./i18n.js";

/** @typedef {{ title: string, text: string, action: string }} Question */

/** Asks before something is lost. */
class ConfirmDialog extends PageElement {
  static properties = { question: { state: true } };

  constructor() {
    super();
    /** @type {Question | null} */
    this.question = null;
    /** @type {(yes: boolean) => void} */
    this.answer = () => {};
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @param {Question} question @returns {Promise<boolean>} */
  async ask(question) {
    this.answer(false);
    this.question = question;
    await this.updateComplete;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    return new Promise((resolve) => (this.answer = resolve));
  }

  render() {
    const { title = "", text = "", action = "" } = this.question ?? {};
    return html`
      <dialog
        class="dialog"
        aria-labelledby="confirm-title"
        aria-describedby="confirm-text"
        data-testid="confirm"
        @close=${() => this.answer(this.dialog.returnValue === "yes")}
      >
        <form method="dialog">
          <h2 id="confirm-title">${title}</h2>
          <p id="confirm-text">${text}</p>
          <div class="dialog-actions">
            <button class="button" value="no" autofocus>${t("ui.keep")}</button>
            <button class="button danger" value="yes" data-testid="confirm-yes">${action}</button>
          </div>
        </form>
      </dialog>
    `;
  }
}
customElements.define("confirm-dialog", ConfirmDialog);

/** @param {Question} question @returns {Promise<boolean>} */
export function confirmed(question) {
  const dialog = /** @type {ConfirmDialog | null} */ (document.querySelector("confirm-dialog"));
  if (!dialog) throw new Error("the page has no confirm-dialog");
  return dialog.ask(question);
}
