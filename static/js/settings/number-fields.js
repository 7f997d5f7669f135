import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { fieldTitle, specialLabel } from "../ui/words.js";
import { commit, heading, id, note, textOf } from "./field-frame.js";

/** @import { Setting } from "./field-frame.js" */

const MAX_SEED = 99_999_999;

/** @param {Setting} setting */
function numberInput(setting) {
  const { command, field, value } = setting;
  const special = specialLabel(command, field, value);
  return html`
    <input
      id=${id(field)}
      class="number"
      type="number"
      min=${ifDefined(field.minimum)}
      max=${ifDefined(field.maximum)}
      step=${field.step ?? "any"}
      aria-describedby="${id(field)}-hint"
      placeholder=${ifDefined(special)}
      .value=${special ? "" : String(value ?? "")}
      @change=${(/** @type {Event} */ event) => commit(event, setting)}
    />
  `;
}

/** @param {Setting} setting */
export function numberField(setting) {
  const { command, field, value, silencedBy, set } = setting;
  const special = specialLabel(command, field, value);
  const hasValue = value !== null && value !== undefined && value !== "";
  const slides = field.minimum !== undefined && field.maximum !== undefined;
  return html`
    <div class="field" ?data-off=${Boolean(silencedBy)}>
      <div class="field-head">${heading(setting)} ${numberInput(setting)}</div>
      ${
        slides
          ? html`
            <input
              class=${hasValue ? "slider" : "slider empty"}
              type="range"
              min=${ifDefined(field.minimum)}
              max=${ifDefined(field.maximum)}
              step=${field.step ?? "any"}
              aria-label=${t("ui.slider", { name: fieldTitle(command, field.name, field) })}
              aria-describedby="${id(field)}-hint"
              aria-valuetext=${ifDefined(special ?? (hasValue ? undefined : t("ui.slider.empty")))}
              .value=${live(String(hasValue ? value : field.minimum))}
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
export function seedField(setting) {
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
