import { live } from "/static/vendor/lit/directives/live.js";
import { html } from "/static/vendor/lit/index.js";
import { choiceLabel, fieldTitle } from "../ui/words.js";
import { heading, id, note, textOf } from "./field-frame.js";

/** @import { Setting } from "./field-frame.js" */

/** A label of more letters gets a line of its own. */
const LONG = 16;

/**
 * @param {Setting} setting
 * @param {readonly { value: string, label: string }[]} options
 */
export function selectField(setting, options) {
  const { field, value, set } = setting;
  const long = options.some(({ label }) => label.length > LONG);
  return html`
    <div class="field">
      <div class=${long ? "field-head long" : "field-head"}>
        ${heading(setting)}
        <select
          id=${id(field)}
          class="select"
          aria-describedby="${id(field)}-hint"
          .value=${live(String(value ?? ""))}
          @change=${(/** @type {Event} */ event) => set(textOf(event))}
        >
          ${options.map(
            (option) =>
              html`<option value=${option.value} ?selected=${option.value === (value ?? "")}>${option.label}</option>`,
          )}
        </select>
      </div>
      ${note(setting)}
    </div>
  `;
}

/** Several of the choices, or every one. @param {Setting} setting */
export function choicesField(setting) {
  const { command, field, value, set } = setting;
  const every = field.every ?? "";
  const chosen = String(value ?? every).split(",");
  const toggle = (/** @type {string} */ choice) => {
    const rest = field.choices.filter((name) => chosen.includes(name) !== (name === choice));
    set(choice === every || !rest.length ? every : rest.join(","));
  };
  return html`
    <fieldset class="field" aria-describedby="${id(field)}-hint">
      <legend>${fieldTitle(command, field.name, field)}</legend>
      <div class="segments wrapping" id=${id(field)}>
        ${[every, ...field.choices].map(
          (choice) => html`
            <label class="segment">
              <input
                type="checkbox"
                data-testid="${field.name}-${choice}"
                .checked=${live(chosen.includes(choice))}
                @change=${() => toggle(choice)}
              />
              <span>${choiceLabel(command, field.name, choice, field)}</span>
            </label>
          `,
        )}
      </div>
      ${note(setting)}
    </fieldset>
  `;
}

/** @param {Setting} setting */
export function switchField(setting) {
  const { field, value, set } = setting;
  return html`
    <div class="field">
      <div class="field-head">
        ${heading(setting)}
        <input
          id=${id(field)}
          class="switch"
          type="checkbox"
          role="switch"
          aria-describedby="${id(field)}-hint"
          .checked=${live(value === true)}
          @change=${(/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.target).checked)}
        />
      </div>
      ${note(setting)}
    </div>
  `;
}
