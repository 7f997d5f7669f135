import { live } from "/static/vendor/lit/directives/live.js";
import { html } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";

/** @typedef {{ value: string, label: string, group?: string, off?: boolean }} Option */

/** What an event's control holds. @param {Event} event */
export const held = (event) => /** @type {HTMLInputElement} */ (event.target).value;

/** @param {Option} option @param {string} value */
const optionOf = ({ value: own, label, off }, value) =>
  html`<option value=${own} ?selected=${own === value} ?disabled=${off && own !== value}>${label}</option>`;

/**
 * A choice with its label; options of one group stand together.
 *
 * @param {string} name for tests
 * @param {string} label
 * @param {string} value
 * @param {readonly Option[]} options
 * @param {(value: string) => void} set
 */
export function choice(name, label, value, options, set) {
  const groups = [...new Set(options.map(({ group = "" }) => group))];
  const of = (/** @type {string} */ wanted) => options.filter(({ group = "" }) => group === wanted).map((one) => optionOf(one, value));
  return html`
    <label class="drama-field">
      <span>${label}</span>
      <select class="select" data-testid=${name} .value=${live(value)} @change=${(/** @type {Event} */ event) => set(held(event))}>
        ${groups.map((group) => (group ? html`<optgroup label=${group}>${of(group)}</optgroup>` : of(group)))}
      </select>
    </label>
  `;
}

/**
 * @param {string} name for tests
 * @param {string} label
 * @param {{ value: number, low: number, high: number, step: number, usual: number, said: string }} what
 * @param {(value: number) => void} set
 */
export const slider = (name, label, { value, low, high, step, usual, said }, set) => html`
  <label class="drama-field">
    <span>${label} <output>${said}</output></span>
    <input
      class="slider ${name}"
      type="range"
      min=${low}
      max=${high}
      step=${step}
      data-testid=${name}
      aria-valuetext=${said}
      .value=${live(String(value))}
      @input=${(/** @type {Event} */ event) => set(Number(held(event)))}
      @dblclick=${() => set(usual)}
    />
  </label>
`;

/**
 * A time of the user's own, or none: it goes by what is usual then.
 *
 * @param {string} name for tests
 * @param {string} label
 * @param {number | null} value seconds
 * @param {number} most
 * @param {(value: number | null) => void} set
 */
export const seconds = (name, label, value, most, set) => html`
  <label class="drama-field">
    <span>${label}</span>
    <input
      class="number"
      type="number"
      min="0"
      max=${most}
      step="0.1"
      data-testid=${name}
      placeholder=${t("ui.drama.auto")}
      .value=${live(value === null ? "" : String(value))}
      @change=${(/** @type {Event} */ event) => {
        const given = held(event).trim();
        const now = Number(given.replace(",", "."));
        set(given === "" || !Number.isFinite(now) ? null : Math.min(most, Math.max(0, now)));
      }}
    />
  </label>
`;

/**
 * @param {string} name for tests
 * @param {string} label
 * @param {string} value
 * @param {(value: string) => void} set
 * @param {number} most letters
 */
export const text = (name, label, value, set, most = 100) => html`
  <label class="drama-field">
    <span>${label}</span>
    <input
      class="text"
      dir="auto"
      maxlength=${most}
      data-testid=${name}
      .value=${live(value)}
      @change=${(/** @type {Event} */ event) => set(held(event))}
    />
  </label>
`;
