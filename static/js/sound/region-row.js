import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { moved } from "../store/region.js";

/** @import { Region } from "../store/region.js" */

/**
 * A region's ends as numbers, for those who want them exact.
 *
 * @param {Region} region
 * @param {number} duration_s
 * @param {(region: Region | null) => void} change
 */
export function regionRow(region, duration_s, change) {
  const input = (/** @type {"from_s" | "to_s"} */ end, /** @type {string} */ label) => html`
    <label class="region-end">
      <span>${label}</span>
      <input
        class="number"
        type="number"
        min="0"
        max=${duration_s}
        step="0.01"
        data-testid="region-${end}"
        .value=${region[end].toFixed(2)}
        @change=${(/** @type {Event} */ event) =>
          change(moved(region, end, Number(/** @type {HTMLInputElement} */ (event.target).value), duration_s))}
      />
    </label>
  `;
  return html`
    <div class="region-row" role="group" aria-label=${t("ui.player.region")} data-testid="region">
      ${input("from_s", t("ui.player.region.from"))} ${input("to_s", t("ui.player.region.to"))}
      <button class="button small quiet" data-testid="region-clear" @click=${() => change(null)}>
        ${icon("close")} ${t("ui.player.region.clear")}
      </button>
    </div>
  `;
}
