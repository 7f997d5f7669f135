import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { fieldHint, fieldTitle, specialLabel } from "../ui/words.js";

/** @import { Field } from "../server/schema.js" */
/** @import { App } from "../store/app.js" */

/**
 * @typedef {object} Setting a field with its present value
 * @property {string} command
 * @property {Field} field
 * @property {unknown} value
 * @property {Field} [silencedBy] the parameter that puts this one out of effect
 * @property {App} app
 * @property {(value: unknown) => unknown} set gives back the value that holds now
 */

export const id = (/** @type {Field} */ field) => `field-${field.name}`;
export const textOf = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;

/**
 * Takes over what was typed and shows what was made of it. Until then the input is the user's: drawing the panel anew
 * must not touch it, so its value is bound without `live`.
 *
 * @param {Event} event
 * @param {Setting} setting
 */
export function commit(event, { command, field, set }) {
  const input = /** @type {HTMLInputElement} */ (event.target);
  const typed = input.value.trim();
  const [special] = Object.keys(field.labels);
  const emptied = typed === "" && field.kind === "number" && !field.nullable && special !== undefined;
  const value = set(emptied ? Number(special) : typed);
  input.value = field.kind === "number" && specialLabel(command, field, value) ? "" : String(value ?? "");
}

/** @param {string} name as the schema has it */
const unit = (name) => (i18n.has(`unit.${name}`) ? t(`unit.${name}`) : name);

/** @param {Setting} setting */
export function note({ command, field, silencedBy }) {
  return html`
    <p class="hint" id="${id(field)}-hint">
      ${
        silencedBy
          ? html`<strong>${t("ui.silenced", { by: fieldTitle(command, silencedBy.name, silencedBy) })}</strong>`
          : fieldHint(command, field)
      }
    </p>
  `;
}

/** Puts the default back, where the value is another. @param {Setting} setting */
function resetButton({ command, field, value, set }) {
  if (value === field.fallback) return nothing;
  const label = t("ui.reset.one", { name: fieldTitle(command, field.name, field) });
  return html`
    <button class="icon-button tiny" type="button" title=${label} aria-label=${label} @click=${() => set(field.fallback)}>
      ${icon("reset")}
    </button>
  `;
}

/** @param {Setting} setting */
export function heading(setting) {
  const { command, field } = setting;
  return html`
    <span class="field-name">
      <label for=${id(field)}
        >${fieldTitle(command, field.name, field)}${
          field.unit ? html`<span class="unit">${unit(field.unit)}</span>` : nothing
        }</label
      >
      ${resetButton(setting)}
    </span>
  `;
}
