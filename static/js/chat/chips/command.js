import { t } from "../../core/i18n.js";
import { fieldsOf, isInput } from "../../server/schema.js";
import { choiceLabel, commandSummary, fieldTitle, soundTitle } from "../../ui/words.js";
import { spoken } from "./heard.js";

/** @import { App } from "../../store/app.js" */
/** @import { Chip, Prompt } from "../chips.js" */

/**
 * The other command that the words ask for, and the parameters that they set. Nothing is done before Enter, and one
 * key goes back.
 *
 * @param {App} app
 * @param {Prompt} prompt
 * @returns {Chip[]}
 */
export function asked(app, { asked: wanted, command, refuse }) {
  if (!wanted || !command) return [];
  const fields = new Map(fieldsOf(command).map((field) => [field.name, field]));
  const value = (/** @type {string} */ name, /** @type {unknown} */ set) => {
    const field = fields.get(name);
    if (field && isInput(field)) return soundTitle(app, String(set));
    if (field?.kind === "choices") return String(set).split(",").map((each) => choiceLabel(command.name, name, each, field)).join(", ");
    return field?.kind === "choice" ? choiceLabel(command.name, name, String(set), field) : spoken(set, field);
  };
  const missing = app.requests.missing(wanted);
  return [
    {
      id: "asked",
      label: `/${command.name}`,
      value: commandSummary(command),
      title: t("ui.asked.hint"),
      icon: "send",
      remove: refuse,
    },
    ...(missing
      ? [
          {
            id: `asked-${missing}`,
            label: fieldTitle(command.name, missing, fields.get(missing)),
            value: t("ui.asked.choose"),
            icon: /** @type {const} */ ("warning"),
            act: () => void app.requests.fills(wanted),
          },
        ]
      : []),
    ...Object.entries(wanted.params).map(([name, set]) => ({
      id: `asked-${name}`,
      label: fieldTitle(command.name, name, fields.get(name)),
      value: value(name, set),
      icon: fields.get(name)?.kind === "audio" ? /** @type {const} */ ("note") : undefined,
    })),
  ];
}
