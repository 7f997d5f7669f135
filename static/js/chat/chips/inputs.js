import { fieldsOf, shown } from "../../server/schema.js";
import { overrides } from "../../server/typed.js";
import { fieldTitle, soundTitle } from "../../ui/words.js";

/** @import { App } from "../../store/app.js" */
/** @import { Chip, Prompt } from "../chips.js" */

/**
 * The sounds that the command will take: they leave once it has taken them, unless they are pinned.
 *
 * @param {App} app
 * @param {Prompt} prompt
 * @returns {Chip[]}
 */
export function inputs(app, { text, command }) {
  if (!command) return [];
  const values = app.settings.values(command);
  const typed = new Set(overrides(text, command).map(({ name }) => name));
  return shown(fieldsOf(command), values)
    .filter(({ name, kind }) => kind === "audio" && values[name] && !typed.has(name))
    .map((field) => {
      const pinned = app.settings.pinned(command, field);
      return {
        id: field.name,
        label: fieldTitle(command.name, field.name, field),
        value: soundTitle(app, String(values[field.name])),
        icon: "note",
        pinned,
        pin: () => app.settings.pin(command, field, !pinned),
        remove: () => app.settings.set(command, field, null),
      };
    });
}
