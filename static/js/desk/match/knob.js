import { live } from "/static/vendor/lit/directives/live.js";
import { html } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { fromSlider, toSlider } from "./style.js";

/** @import { Knob } from "./style.js" */

/**
 * A value of a style, to be moved.
 *
 * @param {string} id
 * @param {string} title
 * @param {Knob} knob
 * @param {(value: number) => void} set
 */
export function slider(id, title, knob, set) {
  const unit = knob.unit && i18n.has(`unit.${knob.unit}`) ? t(`unit.${knob.unit}`) : knob.unit;
  const said = `${i18n.number(knob.value, { maximumFractionDigits: 2 })} ${unit}`.trim();
  return html`
    <div class="match-knob">
      <label for=${id}>${title}</label>
      <output for=${id}>${said}</output>
      <input
        id=${id}
        class="slider"
        type="range"
        min="0"
        max="1000"
        step="1"
        data-testid=${id}
        aria-valuetext=${said}
        .value=${live(String(toSlider(knob)))}
        @input=${(/** @type {Event} */ event) =>
          set(fromSlider(knob, Number(/** @type {HTMLInputElement} */ (event.target).value)))}
      />
    </div>
  `;
}
