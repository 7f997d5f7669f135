import { t } from "../../core/i18n.js";
import { addressed } from "../../server/schema.js";
import { overrides, withoutTyped } from "../../server/typed.js";

/** @import { App } from "../../store/app.js" */
/** @import { Chip, Prompt } from "../chips.js" */

const MAKES_MUSIC = "generate";

/** The free words for a command that takes none. @param {Prompt} prompt */
export function astray({ text, name, command, asked }) {
  if (!command || asked || command.text_field !== null) return "";
  const { rest } = addressed(text, name);
  return overrides(rest, command).reduce((words, typed) => withoutTyped(words, typed.name), rest).trim();
}

/**
 * Words that the command cannot take are offered to the one that makes music of them.
 *
 * @param {App} app
 * @param {Prompt} prompt
 * @returns {Chip[]}
 */
export function toGenerate(app, prompt) {
  const words = astray(prompt);
  const command = app.settings.find(MAKES_MUSIC);
  if (!words || !command) return [];
  const act = () => {
    app.settings.choose(command.name);
    void prompt.hold(words);
  };
  return [{ id: "astray", label: t("ui.astray", { command: prompt.name }), icon: "sendto", act }];
}
