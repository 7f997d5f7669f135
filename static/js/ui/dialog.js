import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { PageElement } from "./element.js";

/** @typedef {{ title: string, text: string, action: string }} Question */
/** @typedef {{ value: string, label: string, hint?: string, danger?: boolean }} Option */
/** @typedef {{ title: string, text: string, options: readonly Option[] }} Choice */

/**
 * A question in a dialog, waiting for its answer.
 *
 * @template Asked
 * @template Answer
 */
class QuestionDialog extends PageElement {
  static properties = { asked: { state: true } };

  constructor() {
    super();
    /** @type {Asked | null} */
    this.asked = null;
    /** @type {(returned: string) => void} with the value of the button */
    this.closed = () => {};
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @param {Asked} asked @returns {Promise<Answer>} */
  async ask(asked) {
    this.closed("");
    this.asked = asked;
    await this.updateComplete;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    return new Promise((resolve) => (this.closed = (returned) => resolve(this.answer(asked, returned))));
  }

  /** @param {Asked} _asked @param {string} _returned @returns {Answer} */
  answer(_asked, _returned) {
    throw new Error("a dialog without an answer");
  }

  /** @param {string} name @param {{ title: string, text: string } | null} asked @param {unknown} choices @param {unknown} buttons */
  frame(name, asked, choices, buttons) {
    return html`
      <dialog
        class="dialog"
        aria-labelledby="${name}-title"
        aria-describedby="${name}-text"
        data-testid=${name}
        @close=${() => this.closed(this.dialog.returnValue)}
      >
        <form method="dialog">
          <h2 id="${name}-title">${asked?.title}</h2>
          <p id="${name}-text">${asked?.text}</p>
          ${choices}
          <div class="dialog-actions">${buttons}</div>
        </form>
      </dialog>
    `;
  }
}

/**
 * Asks before something is lost.
 *
 * @extends {QuestionDialog<Question, boolean>}
 */
class ConfirmDialog extends QuestionDialog {
  /** @param {Question} _asked @param {string} returned */
  answer(_asked, returned) {
    return returned === "yes";
  }

  render() {
    return this.frame(
      "confirm",
      this.asked,
      nothing,
      html`
        <button class="button" value="no" autofocus>${t("ui.keep")}</button>
        <button class="button danger" value="yes" data-testid="confirm-yes">${this.asked?.action}</button>
      `,
    );
  }
}
customElements.define("confirm-dialog", ConfirmDialog);

/**
 * Asks which of several things is meant.
 *
 * @extends {QuestionDialog<Choice, string | null>}
 */
class ChooseDialog extends QuestionDialog {
  /** @param {Choice} asked @param {string} returned */
  answer({ options }, returned) {
    return options[Number(returned || -1)]?.value ?? null;
  }

  render() {
    const options = this.asked?.options ?? [];
    const choices = html`
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
    `;
    return this.frame("choose", this.asked, choices, html`<button class="button" value="" autofocus>${t("ui.choose.none")}</button>`);
  }
}
customElements.define("choose-dialog", ChooseDialog);

/**
 * The one dialog of its kind, made when it is first needed.
 *
 * @template {HTMLElement} Dialog
 * @param {new () => Dialog} Kind
 * @param {string} name
 */
const one = (Kind, name) => /** @type {Dialog | null} */ (document.querySelector(name)) ?? document.body.appendChild(new Kind());

/** @param {Question} question @returns {Promise<boolean>} */
export const confirmed = (question) => one(ConfirmDialog, "confirm-dialog").ask(question);

/** @param {Choice} choice @returns {Promise<string | null>} the value of the chosen option; null when none was */
export const chosen = (choice) => one(ChooseDialog, "choose-dialog").ask(choice);
