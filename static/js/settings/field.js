import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { choiceLabel } from "../ui/words.js";
import { choicesField, selectField, switchField } from "./choice-fields.js";
import { numberField, seedField } from "./number-fields.js";
import { textField } from "./text-fields.js";
import "./audio-field.js";
import "./script-field.js";

/** @import { TemplateResult } from "/static/vendor/lit/index.js" */
/** @import { Setting } from "./field-frame.js" */

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
    case "script":
      return html`<script-field .setting=${setting}></script-field>`;
    case "audio":
      return html`<audio-field .setting=${setting}></audio-field>`;
    default:
      return textField(setting);
  }
}
