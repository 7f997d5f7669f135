import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { live } from "/static/vendor/lit/directives/live.js";
import { html } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

/**
 * A button of the player that is a picture.
 *
 * @param {Parameters<typeof icon>[0]} drawing
 * @param {string} testId
 * @param {string} label
 * @param {() => void} act
 * @param {boolean} [pressed] of a button that is a switch
 */
export const iconButton = (drawing, testId, label, act, pressed) => html`
  <button
    class="icon-button"
    data-testid=${testId}
    aria-pressed=${ifDefined(pressed)}
    aria-label=${label}
    title=${label}
    @click=${act}
  >
    ${icon(drawing)}
  </button>
`;

/** A button that sets one end of the region. @param {"A" | "B"} letter @param {string} label @param {() => void} act */
export const markButton = (letter, label, act) => html`
  <button class="icon-button letter" data-testid="mark-${letter.toLowerCase()}" aria-label=${label} title=${label} @click=${act}>
    ${letter}
  </button>
`;

/** @param {number} chosen @param {(speed: number) => void} choose */
export const speedChoice = (chosen, choose) => html`
  <select
    class="select speed"
    data-testid="speed"
    aria-label=${t("ui.player.speed")}
    title=${t("ui.player.speed")}
    .value=${live(String(chosen))}
    @change=${(/** @type {Event} */ event) => choose(Number(/** @type {HTMLSelectElement} */ (event.target).value))}
  >
    ${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === chosen}>${i18n.number(speed)}×</option>`)}
  </select>
`;

/**
 * @param {number} volume 0..1
 * @param {() => void} mute
 * @param {(volume: number) => void} choose
 * @param {string} [where] how its test ids begin
 */
export const volumeControl = (volume, mute, choose, where = "") => html`
  <span class="volume" title=${t("ui.player.volume")}>
    ${iconButton(volume > 0 ? "volume" : "mute", `${where}mute`, t("ui.player.mute"), mute, volume === 0)}
    <input
      class="slider"
      type="range"
      min="0"
      max="1"
      step="0.01"
      data-testid="${where}volume"
      aria-label=${t("ui.player.volume")}
      .value=${live(String(volume))}
      @input=${(/** @type {Event} */ event) => choose(Number(/** @type {HTMLInputElement} */ (event.target).value))}
    />
  </span>
`;
