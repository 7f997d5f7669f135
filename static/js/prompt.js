import { html } from "/static/vendor/lit/index.js";
import { live } from "/static/vendor/lit/directives/live.js";
import { PageElement } from "./element.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { addressed, needsText } from "./schema.js";

/** @import { App } from "./app.js" */

/** The one text box. Enter sends, Shift+Enter breaks the line. */
class PromptBox extends PageElement {
  static properties = { app: { attribute: false }, text: { state: true } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    this.text = "";
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
  }

  get name() {
    return addressed(this.text, this.app?.wishes.command?.name ?? "").name;
  }

  get ready() {
    const { app } = this;
    if (!app?.connected || app.sending) return false;
    const command = app.wishes.find(this.name);
    if (!command) return this.text.trim() !== "";
    return !needsText(command) || addressed(this.text, "").rest !== "";
  }

  async send() {
    if (!this.ready || !this.app) return;
    const { text } = this;
    this.text = "";
    if (!(await this.app.prompt(text))) this.text ||= text;
  }

  /** @param {Event} event */
  typed(event) {
    this.text = /** @type {HTMLTextAreaElement} */ (event.target).value;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void this.send();
  }

  render() {
    return html`
      <form
        class="prompt"
        @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          void this.send();
        }}
      >
        <label class="unseen" for="prompt">${t("ui.prompt.label")}</label>
        <textarea
          id="prompt"
          data-testid="prompt"
          rows="2"
          maxlength="10000"
          aria-describedby="prompt-hint"
          placeholder=${t("ui.prompt.placeholder")}
          .value=${live(this.text)}
          @input=${this.typed}
          @keydown=${this.key}
        ></textarea>
        <div class="prompt-foot">
          <span class="chip">/${this.name}</span>
          <span class="hint" id="prompt-hint">${t("ui.prompt.hint")}</span>
          <button class="button primary send" type="submit" data-testid="send" ?disabled=${!this.ready}>
            ${icon("send")} <span>${t("ui.send")}</span>
          </button>
        </div>
      </form>
    `;
  }
}
customElements.define("prompt-box", PromptBox);
