import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";

/** Shows what is typed, or hides it again. @param {MouseEvent} event */
function turn(event) {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  const input = /** @type {HTMLInputElement} */ (button.previousElementSibling);
  input.type = input.type === "password" ? "text" : "password";
  button.setAttribute("aria-pressed", String(input.type === "text"));
}

/**
 * A password's label and field, which can be looked at.
 *
 * @param {{ id: string, name: string, label: string, autocomplete: "current-password" | "new-password", hint?: string }} what
 */
export const password = ({ id, name, label, autocomplete, hint }) => html`
  <label for=${id}>${label}</label>
  <span class="password">
    <input
      class="text"
      id=${id}
      name=${name}
      type="password"
      autocomplete=${autocomplete}
      aria-describedby=${ifDefined(hint && `${id}-hint`)}
      autocapitalize="none"
      spellcheck="false"
      required
    />
    <button class="button small quiet" type="button" aria-pressed="false" aria-controls=${id} data-testid="show-password" @click=${turn}>
      ${t("ui.account.password.show")}
    </button>
  </span>
  ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
`;
