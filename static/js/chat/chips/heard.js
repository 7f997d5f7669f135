import { clock, i18n, t } from "../../core/i18n.js";
import { fieldsOf, shown } from "../../server/schema.js";
import { choiceLabel, fieldTitle } from "../../ui/words.js";

/** @import { Field } from "../../server/schema.js" */
/** @import { App } from "../../store/app.js" */
/** @import { Chip, Prompt } from "../chips.js" */

/** A value as people read it. @param {unknown} value @param {Field} [field] */
export function spoken(value, field) {
  if (typeof value === "boolean") return t(value ? "ui.yes" : "ui.no");
  if (typeof value !== "number") return String(value);
  if (field?.unit === "s" && value >= 60) return clock(value);
  return `${i18n.number(value)}${field?.unit ? ` ${i18n.has(`unit.${field.unit}`) ? t(`unit.${field.unit}`) : field.unit}` : ""}`;
}

/**
 * What the words say of the result. A value that the user has moved in the panel goes before it; a click on the chip
 * gives the words their due.
 *
 * @param {App} app
 * @param {Prompt} prompt
 * @returns {Chip[]}
 */
export function heard(app, { meaning, command, asked }) {
  if (!meaning || !command || asked) return [];
  const effective = shown(fieldsOf(command), app.settings.values(command));
  const fields = new Map(effective.map((field) => [field.name, field]));
  const moved = app.settings.moved(command);
  const heard = Object.entries(meaning.heard).filter(([name]) => fields.has(name));
  return heard.map(([name, { value, words, fits }]) => {
    const field = fields.get(name);
    const title = fieldTitle(command.name, name, field);
    const said = field?.kind === "choice" ? choiceLabel(command.name, name, String(value), field) : spoken(value, field);
    const id = `heard-${name}`;
    if (field && name in moved && moved[name] !== value) {
      const set = spoken(moved[name], field);
      return {
        id,
        label: title,
        value: t("ui.heard.instead", { value: set, words }),
        title: t("ui.heard.overruled", { words, value: set }),
        icon: "warning",
        act: () => app.settings.set(command, field, field.fallback),
      };
    }
    if (fits) return { id, label: title, value: said, title: t("ui.heard.words", { words }) };
    const limits = { words, low: spoken(field?.minimum, field), high: spoken(field?.maximum, field) };
    return { id, label: title, value: t("ui.heard.range", { value: said, ...limits }), title: t("ui.heard.beyond", limits), icon: "warning" };
  });
}
