import { i18n, t } from "../core/i18n.js";

/** @import { CommandInfo, Values } from "../core/types.js" */
/** @import { Field } from "../server/schema.js" */
/** @import { App } from "../store/app.js" */

/** The command's own word, else the one that all commands share. @param {string} command @param {string} rest */
function own(command, rest) {
  return i18n.own(`param.${command}.${rest}`) ?? i18n.own(`param.output.${rest}`);
}

/** `cfg_coef` -> "Cfg coef". @param {string} name */
function spoken(name) {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * What a parameter is called; English comes from the schema.
 *
 * @param {string} command
 * @param {string} name
 * @param {Field} [field]
 */
export function fieldTitle(command, name, field) {
  return own(command, `${name}.title`) ?? field?.title ?? (i18n.has(`fact.${name}`) ? t(`fact.${name}`) : spoken(name));
}

/** @param {string} command @param {Field} field */
export const fieldHint = (command, field) => own(command, `${field.name}.hint`) ?? field.hint;

/** @param {string} command @param {string} name @param {string} choice @param {Field} [field] */
export const choiceLabel = (command, name, choice, field) =>
  own(command, `${name}.choice.${choice}`) ?? field?.labels[choice] ?? choice;

/**
 * What a number stands for that is none, such as -1 for a random seed, or nothing for what is found by itself; undefined
 * for numbers that are meant as such.
 *
 * @param {string} command
 * @param {Field} field
 * @param {unknown} value
 */
export function specialLabel(command, field, value) {
  const key = value === "" ? "null" : String(value ?? null);
  return key in field.labels ? choiceLabel(command, field.name, key, field) : undefined;
}

/** What may be typed; music in words is asked for by example. @param {CommandInfo | undefined} command */
export function textHint(command) {
  const placeholder = command && (i18n.own(`command.${command.name}.placeholder`) ?? command.placeholder);
  if (placeholder) return placeholder;
  const field = command?.text_field;
  if (!command || !field || command.name === "generate") return t("ui.prompt.placeholder");
  return own(command.name, `${field}.hint`) ?? command.schema.properties[field]?.description ?? "";
}

/** @param {string} group */
export const groupTitle = (group) => (i18n.has(`param.group.${group}`) ? t(`param.group.${group}`) : spoken(group));

/**
 * What the page calls a model that records name by its id: in words of its own, else as the commands offer it, without
 * what their labels say of it after a colon.
 *
 * @param {App} app
 * @param {string} model
 */
export function modelLabel(app, model) {
  if (i18n.has(`ui.model.${model}`)) return t(`ui.model.${model}`);
  for (const { name, schema } of app.settings.commands) {
    const label = schema.properties.model?.labels?.[model];
    if (label) return (own(name, `model.choice.${model}`) ?? label).split(/: |：/)[0] ?? model;
  }
  return model;
}

/** @param {CommandInfo} command */
export const commandSummary = (command) => i18n.own(`command.${command.name}.summary`) ?? command.summary;

/** The sentence of its tile. @param {CommandInfo} command */
export function invitation(command) {
  const own = i18n.own(`command.${command.name}.invitation`);
  return own ?? (command.invitation === command.summary ? commandSummary(command) : (command.invitation ?? ""));
}

/** What the send button says: what will be done, to which sound. @param {App} app @param {CommandInfo} command @param {Values} values */
export function buttonWord(app, command, values) {
  const word = i18n.own(`command.${command.name}.button`) ?? command.button;
  if (!word) return t("ui.send");
  const said = word.replace(/\{(\w+)\}/g, (_all, name) => (values[name] ? soundTitle(app, String(values[name])) : "…"));
  return said.replace(/ …$/u, ""); // a script may be typed as well: nothing is missing then
}

/** Asks for the sound that a field lacks. @param {CommandInfo} command @param {Field} field */
export const choosePhrase = (command, field) =>
  own(command.name, `${field.name}.choose`) ??
  field.choose ??
  t("ui.choose_sound", { field: fieldTitle(command.name, field.name, field) });

/** What a sound is called that a parameter names by its key. @param {App} app @param {string} key */
export function soundTitle(app, key) {
  const title = app.sounds.title(key);
  return title === null ? t("ui.sound.gone") : (title ?? "…");
}
