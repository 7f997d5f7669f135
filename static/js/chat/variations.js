import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";

const MOST = 8;

/** How many results that differ by chance are asked for at once. @param {number} count @param {(count: number) => void} change */
export const variationsField = (count, change) => html`
  <label class="variations" title=${t("ui.variations.hint")}>
    <span aria-hidden="true">×</span>
    <span class="unseen">${t("ui.variations")}</span>
    <input
      class="number"
      type="number"
      min="1"
      max=${MOST}
      data-testid="variations"
      .value=${String(count)}
      @change=${(/** @type {Event} */ event) => {
        const input = /** @type {HTMLInputElement} */ (event.target);
        const wanted = Math.min(MOST, Math.max(1, Math.round(Number(input.value)) || 1));
        change(wanted);
        input.value = String(wanted); // what was refused is not left standing
      }}
    />
  </label>
`;
