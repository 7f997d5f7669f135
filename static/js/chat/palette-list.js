import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isInput } from "../server/schema.js";
import { choiceLabel, commandSummary, fieldHint, fieldTitle } from "../ui/words.js";

/** @import { App } from "../store/app.js" */
/** @import { Item, Offer } from "./palette.js" */

const ROWS = 10;

/** @param {App} app @param {Item} item */
function words(app, { command, field, value }) {
  if (!field) return { label: `/${command.name}`, hint: commandSummary(command) };
  const title = fieldTitle(command.name, field.name, field);
  if (value === undefined) return { label: `${field.name}=`, hint: `${title}. ${fieldHint(command.name, field)}` };
  if (!isInput(field)) {
    const label = choiceLabel(command.name, field.name, value, field);
    return { label: value, hint: label === value ? "" : label };
  }
  const track = app.tracks.row(value.replace("track:", ""));
  return { label: track?.title ?? app.uploads.row(value)?.name ?? t("ui.sound.gone"), hint: title };
}

/** What a number may be. @param {Offer} offer */
function limits({ kind, items }) {
  const field = items[0]?.field;
  if (kind !== "value" || !field || field.minimum === undefined || field.maximum === undefined) return nothing;
  const range = { low: i18n.number(field.minimum), high: i18n.number(field.maximum) };
  return html`<p class="hint palette-hint">${t("ui.palette.limits", range)}</p>`;
}

/**
 * What fits at the caret, a few rows of it around the marked one.
 *
 * @param {App} app
 * @param {Offer} offer
 * @param {number} marked
 * @param {(item: Item) => void} take
 */
export function paletteList(app, offer, marked, take) {
  const first = Math.max(0, Math.min(marked - ROWS + 2, offer.items.length - ROWS));
  return html`
    <div class="palette" data-testid="palette">
      <ul id="palette" role="listbox" aria-label=${t(`ui.palette.${offer.kind}`)}>
        ${offer.items.slice(first, first + ROWS).map((item, place) => {
          const at = first + place;
          const { label, hint } = words(app, item);
          return html`
            <li
              id="palette-${at}"
              role="option"
              aria-posinset=${at + 1}
              aria-setsize=${offer.items.length}
              aria-selected=${at === marked}
              data-testid="palette-item"
              @pointerdown=${(/** @type {Event} */ event) => event.preventDefault()}
              @click=${() => take(item)}
            >
              <span class="palette-label">${label}</span> <span class="hint">${hint}</span>
            </li>
          `;
        })}
      </ul>
      ${limits(offer)}
    </div>
  `;
}
