import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { live } from "/static/vendor/lit/directives/live.js";
import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { fieldTitle } from "../ui/words.js";
import { commit, heading, id, note } from "./field-frame.js";

/** @import { Setting } from "./field-frame.js" */

/**
 * Texts that may be left out, by their parameter: whether the switch is on, and what stands in the box. The value alone
 * cannot tell an empty box that waits for words from one that is switched off.
 *
 * @type {Map<string, { on: boolean, text: string }>}
 */
const optional = new Map();

/** A text that may be left out has a switch; what was written in it comes back with it. @param {Setting} setting */
function optionalText(setting) {
  const { command, field, value, set } = setting;
  const key = `${command}.${field.name}`;
  const kept = optional.get(key);
  const on = value !== null || (kept?.on ?? false);
  const turn = (/** @type {Event} */ event) => {
    const { checked } = /** @type {HTMLInputElement} */ (event.target);
    const text = on ? String(value ?? "") : (kept?.text ?? "");
    optional.set(key, { on: checked, text });
    set(checked && text ? text : null);
  };
  return html`
    <div class="field">
      <div class="field-head">
        ${heading(setting)}
        <input
          class="switch"
          type="checkbox"
          role="switch"
          data-testid="use-${field.name}"
          aria-label=${t("ui.text.use", { name: fieldTitle(command, field.name, field) })}
          .checked=${live(on)}
          @change=${turn}
        />
      </div>
      ${textInput(setting, !on)} ${note(setting)}
    </div>
  `;
}

/** @param {Setting} setting @param {boolean} [off] */
function textInput(setting, off = false) {
  const { field, value } = setting;
  return html`
    <input
      id=${id(field)}
      class="text"
      type="text"
      maxlength=${ifDefined(field.maxLength)}
      autocomplete="off"
      aria-describedby="${id(field)}-hint"
      ?disabled=${off}
      .value=${String(value ?? "")}
      @change=${(/** @type {Event} */ event) => commit(event, setting)}
    />
  `;
}

/** @param {Setting} setting */
export function textField(setting) {
  if (setting.field.nullable) return optionalText(setting);
  return html`<div class="field">${heading(setting)} ${textInput(setting)} ${note(setting)}</div>`;
}
