import { fieldsOf, isInput, shown } from "../../server/schema.js";
import { overrides } from "../../server/typed.js";
import { fieldTitle, soundTitle } from "../../ui/words.js";

/** @import { App } from "../../store/app.js" */
/** @import { CommandInfo } from "../../core/types.js" */
/** @import { Chip, Prompt } from "../chips.js" */

/** Keys of the sounds that go with the command now. @param {App} app @param {CommandInfo} command @returns {string[]} */
export function armed(app, command) {
  const values = app.settings.values(command);
  const fields = shown(fieldsOf(command), values).filter(({ name, kind }) => kind === "audio" && values[name]);
  return fields.map(({ name }) => String(values[name]));
}

/**
 * The sounds and scripts that the command will take: they leave once it has taken them, unless they are pinned.
 *
 * @param {App} app
 * @param {Prompt} prompt
 * @returns {Chip[]}
 */
export function inputs(app, { text, command, asked }) {
  if (!command) return [];
  const values = app.settings.values(command);
  const typed = new Set(overrides(text, command).map(({ name }) => name));
  return shown(fieldsOf(command), values)
    .filter((field) => isInput(field) && values[field.name] && !typed.has(field.name) && !asked?.params[field.name])
    .map((field) => {
      const pinned = app.settings.pinned(command, field);
      return {
        id: field.name,
        label: fieldTitle(command.name, field.name, field),
        value: soundTitle(app, String(values[field.name])),
        icon: field.kind === "audio" ? "note" : "text",
        pinned,
        pin: () => app.settings.pin(command, field, !pinned),
        remove: () => app.settings.set(command, field, null),
      };
    });
}
