import { html, nothing } from "/static/vendor/lit/index.js";
import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { live } from "/static/vendor/lit/directives/live.js";
import { i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import "./audio-field.js";
import { choiceLabel, fieldHint, fieldTitle } from "../ui/words.js";

/** @import { TemplateResult } from "/static/vendor/lit/index.js" */
/** @import { Field } from "../server/schema.js" */
/** @import { App } from "../store/app.js" */

/**
 * @typedef {object} Setting a field with its present value
 * @property {string} command
 * @property {Field} field
 * @property {unknown} value
 * @property {string} [silencedBy] title of the parameter that puts this one out of effect
 * @property {App} app
 * @property {(value: unknown) => unknown} set gives back the value that holds now
 */

const MAX_SEED = 99_999_999;
const id = (/** @type {Field} */ field) => `field-${field.name}`;
const textOf = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;

/**
 * Takes over what was typed and shows what was made of it. Until then the input is the user's: drawing the panel anew
 * must not touch it, so its value is bound without `live`.
 *
 * @param {Event} event
 * @param {Setting} setting
 */
function commit(event, { set }) {
  const input = /** @type {HTMLInputElement} */ (event.target);
  const value = set(input.value.trim());
  input.value = String(value === -1 && input.min === "0" ? "" : (value ?? ""));
}

/** @param {string} name as the schema has it */
const unit = (name) => (i18n.has(`unit.${name}`) ? t(`unit.${name}`) : name);

/** @param {Setting} setting */
function note({ command, field, silencedBy }) {
  return html`
    <p class="hint" id="${id(field)}-hint">
      ${silencedBy ? html`<strong>${t("ui.silenced", { by: silencedBy })}</strong>` : fieldHint(command, field)}
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
function heading(setting) {
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

/** @param {Setting} setting */
function numberInput(setting) {
  const { field, value } = setting;
  return html`
    <input
      id=${id(field)}
      class="number"
      type="number"
      min=${ifDefined(field.minimum)}
      max=${ifDefined(field.maximum)}
      step=${field.step ?? "any"}
      aria-describedby="${id(field)}-hint"
      .value=${String(value ?? "")}
      @change=${(/** @type {Event} */ event) => commit(event, setting)}
    />
  `;
}

/** @param {Setting} setting */
function numberField(setting) {
  const { command, field, value, silencedBy, set } = setting;
  const slides = field.minimum !== undefined && field.maximum !== undefined;
  return html`
    <div class="field" ?data-off=${Boolean(silencedBy)}>
      <div class="field-head">${heading(setting)} ${numberInput(setting)}</div>
      ${
        slides
          ? html`
            <input
              class="slider"
              type="range"
              min=${ifDefined(field.minimum)}
              max=${ifDefined(field.maximum)}
              step=${field.step ?? "any"}
              aria-label=${t("ui.slider", { name: fieldTitle(command, field.name, field) })}
              aria-describedby="${id(field)}-hint"
              .value=${live(String(value))}
              @input=${(/** @type {Event} */ event) => set(textOf(event))}
            />
          `
          : nothing
      }
      ${note(setting)}
    </div>
  `;
}

/** @param {Setting} setting */
function seedField(setting) {
  const { command, field, value, set } = setting;
  const auto = value === -1;
  const draw = () => set(Math.floor(Math.random() * (MAX_SEED + 1)));
  const mode = (/** @type {boolean} */ own, /** @type {string} */ label, /** @type {() => void} */ choose) => html`
    <label class="segment">
      <input
        type="radio"
        name="seed-mode"
        value=${own ? "auto" : "manual"}
        .checked=${live(auto === own)}
        @change=${choose}
      />
      <span>${label}</span>
    </label>
  `;
  return html`
    <fieldset class="field" aria-describedby="${id(field)}-hint">
      <legend>${fieldTitle(command, field.name, field)}</legend>
      <div class="seed">
        <div class="segments">
          ${mode(true, t("ui.seed.auto"), () => set(-1))} ${mode(false, t("ui.seed.manual"), draw)}
        </div>
        <input
          id=${id(field)}
          class="number"
          type="number"
          min="0"
          max=${ifDefined(field.maximum)}
          step="1"
          aria-label=${t("ui.seed.value")}
          placeholder=${t("ui.seed.drawn")}
          ?disabled=${auto}
          .value=${auto ? "" : String(value)}
          @change=${(/** @type {Event} */ event) => commit(event, setting)}
        />
        <button
          class="icon-button"
          type="button"
          title=${t("ui.seed.roll")}
          aria-label=${t("ui.seed.roll")}
          @click=${draw}
        >
          ${icon("dice")}
        </button>
      </div>
      ${note(setting)}
    </fieldset>
  `;
}

/**
 * @param {Setting} setting
 * @param {readonly { value: string, label: string }[]} options
 */
function selectField(setting, options) {
  const { field, value, set } = setting;
  const long = Object.keys(field.labels).length > 0;
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
function choicesField(setting) {
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
function switchField(setting) {
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
function textField(setting) {
  if (setting.field.nullable) return optionalText(setting);
  return html`<div class="field">${heading(setting)} ${textInput(setting)} ${note(setting)}</div>`;
}

/** The control of one parameter. @param {Setting} setting @returns {TemplateResult} */
export function control(setting) {
  const { command, field } = setting;
  const none = field.nullable ? [{ value: "", label: t("ui.none") }] : [];
  switch (field.kind) {
    case "number":
      return field.name === "seed" && field.minimum === -1 ? seedField(setting) : numberField(setting);
    case "choice": {
      const label = (/** @type {string} */ choice) => choiceLabel(command, field.name, choice, field);
      return selectField(setting, [...none, ...field.choices.map((value) => ({ value, label: label(value) }))]);
    }
    case "choices":
      return choicesField(setting);
    case "switch":
      return switchField(setting);
    case "audio":
      return html`<audio-field .setting=${setting}></audio-field>`;
    default:
      return textField(setting);
  }
}
