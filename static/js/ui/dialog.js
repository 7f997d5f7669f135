import { html, nothing } from "/static/vendor/lit/index.js";
import { PageElement } from "./element.js";
import { t } from "../core/i18n.js";

/** @typedef {{ title: string, text: string, action: string }} Question */
/** @typedef {{ value: string, label: string, hint?: string, danger?: boolean }} Option */
/** @typedef {{ title: string, text: string, options: readonly Option[] }} Choice */

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

/** Asks which of several things is meant. */
class ChooseDialog extends PageElement {
  static properties = { choice: { state: true } };

  constructor() {
    super();
    /** @type {Choice | null} */
    this.choice = null;
    /** @type {(value: string | null) => void} */
    this.answer = () => {};
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @param {Choice} choice @returns {Promise<string | null>} null when none was chosen */
  async ask(choice) {
    this.answer(null);
    this.choice = choice;
    await this.updateComplete;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    return new Promise((resolve) => (this.answer = resolve));
  }

  render() {
    const { title = "", text = "", options = [] } = this.choice ?? {};
    return html`
      <dialog
        class="dialog"
        aria-labelledby="choose-title"
        aria-describedby="choose-text"
        data-testid="choose"
        @close=${() => this.answer(options[Number(this.dialog.returnValue || -1)]?.value ?? null)}
      >
        <form method="dialog">
          <h2 id="choose-title">${title}</h2>
          <p id="choose-text">${text}</p>
          <div class="choices">
            ${options.map(
              ({ label, hint, danger }, at) => html`
                <button class="button choice ${danger ? "danger" : ""}" value=${at} data-testid="choose-${at}">
                  <span>${label}</span>
                  ${hint ? html`<span class="choice-hint">${hint}</span>` : nothing}
                </button>
              `,
            )}
          </div>
          <div class="dialog-actions">
            <button class="button" value="" autofocus>${t("ui.choose.none")}</button>
          </div>
        </form>
      </dialog>
    `;
  }
}
customElements.define("choose-dialog", ChooseDialog);

/** @param {Choice} choice @returns {Promise<string | null>} the value of the chosen option */
export function chosen(choice) {
  const dialog = /** @type {ChooseDialog | null} */ (document.querySelector("choose-dialog"));
  if (!dialog) throw new Error("the page has no choose-dialog");
  return dialog.ask(choice);
}
