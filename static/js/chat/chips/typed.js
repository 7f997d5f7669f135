import { fieldsOf, isInput } from "../../server/schema.js";
import { overrides, withoutTyped } from "../../server/typed.js";
import { choiceLabel, fieldTitle, soundTitle } from "../../ui/words.js";

/** @import { App } from "../../store/app.js" */
/** @import { Chip, Prompt } from "../chips.js" */

/**
 * The values that the words set: they win over the panel's.
 *
 * @param {App} app
 * @param {Prompt} prompt
 * @returns {Chip[]}
 */
export function typed(app, { text, command, hold }) {
  if (!command) return [];
  const fields = new Map(fieldsOf(command).map((field) => [field.name, field]));
  return overrides(text, command).map(({ name, value }) => {
    const field = fields.get(name);
    const title = field && isInput(field) ? soundTitle(app, value) : choiceLabel(command.name, name, value, field);
    return {
      id: `typed-${name}`,
      label: fieldTitle(command.name, name, field),
      value: title,
      remove: () => void hold(withoutTyped(text, name)),
    };
  });
}
