import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { isObject } from "../../core/json.js";
import { slider } from "./knob.js";
import { ASPECTS, changed, knobs, PARTS, plainPart } from "./style.js";
import "./eq.js";

/** @import { Schema } from "../../core/types.js" */
/** @import { Edit } from "./edit.js" */
/** @import { EqBand, Knob } from "./style.js" */
/** @typedef {(change: Partial<Edit>) => void} Set */

/** In the order of the chain. */
const ORDER = /** @type {const} */ (["pitch", "compressor", "exciter", "reverb", "stereo", "lufs", "limiter"]);
/** Each with the aspect that it serves. */
const EQUALISERS = /** @type {const} */ ([
  ["eq", "tone"],
  ["side_eq", "width"],
]);

/** @param {Edit} edit @param {Schema} schema @param {(typeof ORDER)[number]} part @param {Set} set */
function partOf(edit, schema, part, set) {
  const aspect = ASPECTS.find((name) => PARTS[name].some((own) => own === part));
  const title = t(`ui.match.part.${part}`);
  const held = edit.style[part];
  const bands = isObject(held) && Array.isArray(held.bands) ? held.bands.length : 0;
  const named = (/** @type {Knob} */ { path, name }) =>
    bands > 1 && typeof path.at(-2) === "number"
      ? t("ui.match.band", { name: t(`ui.match.field.${name}`), number: Number(path.at(-2)) + 1 })
      : t(`ui.match.field.${name}`);
  return html`
    <fieldset class="match-part" data-part=${part} ?data-off=${aspect && !edit.aspects.includes(aspect)}>
      <legend>${title}</legend>
      ${
        isObject(held)
          ? knobs(edit.style, part, schema).map((knob) =>
              slider(`match-${knob.path.join("-")}`, named(knob), knob, (value) =>
                set({ style: changed(edit.style, knob.path, value) }),
              ),
            )
          : html`<button
              class="button small quiet"
              data-testid="add-${part}"
              @click=${() => set({ style: changed(edit.style, [part], plainPart(part, schema)) })}
            >
              ${t("ui.match.add", { name: title })}
            </button>`
      }
    </fieldset>
  `;
}

/** What is matched, how much, and the ceiling. @param {Edit} edit @param {Set} set */
function aims(edit, set) {
  const amount = { path: [], name: "amount", value: edit.amount, minimum: 0, maximum: 100, unit: "%" };
  const ceiling = { path: [], name: "ceiling_dbtp", value: edit.ceiling_dbtp, minimum: -20, maximum: 0, unit: "dBTP" };
  return html`
    <fieldset class="match-aspects">
      <legend>${t("ui.match.field.aspects")}</legend>
      <div class="segments wrapping">
        ${ASPECTS.map(
          (aspect) => html`
            <label class="segment">
              <input
                type="checkbox"
                data-testid="aspect-${aspect}"
                .checked=${live(edit.aspects.includes(aspect))}
                @change=${() => set({ aspects: ASPECTS.filter((name) => edit.aspects.includes(name) !== (name === aspect)) })}
              />
              <span>${t(`ui.match.aspect.${aspect}`)}</span>
            </label>
          `,
        )}
      </div>
    </fieldset>
    ${slider("match-amount", t("ui.match.field.amount"), amount, (value) => set({ amount: Math.round(value) }))}
    ${slider("match-ceiling", t("ui.match.field.tp_db"), ceiling, (value) => set({ ceiling_dbtp: value }))}
  `;
}

/** Everything that can be moved. @param {Edit} edit @param {Schema | null} schema @param {number} rate_hz @param {Set} set */
export function controls(edit, schema, rate_hz, set) {
  return html`
    ${aims(edit, set)}
      ${EQUALISERS.map(
        ([part, aspect]) => html`
          <match-eq
            .name=${part}
            .bands=${edit.style[part] ?? []}
            .rate_hz=${rate_hz}
            .off=${!edit.aspects.includes(aspect)}
            @bands=${(/** @type {CustomEvent<EqBand[]>} */ event) =>
              set({ style: { ...edit.style, [part]: event.detail } })}
          ></match-eq>
        `,
      )}
      <details class="section" data-testid="match-values">
        <summary>${t("ui.match.values")}</summary>
        ${schema ? ORDER.map((part) => partOf(edit, schema, part, set)) : nothing}
      </details>
  `;
}
