import { addressed, fieldsOf } from "../server/schema.js";
import { overrides } from "../server/typed.js";

/** @import { CommandInfo } from "../core/types.js" */
/** @import { Field } from "../server/schema.js" */

/**
 * What can stand at the caret. `from` and `to` bound the text that a choice replaces.
 *
 * @typedef {object} Offer
 * @property {"command" | "parameter" | "value"} kind
 * @property {number} from
 * @property {number} to
 * @property {Item[]} items
 *
 * @typedef {object} Item
 * @property {string} insert
 * @property {CommandInfo} command
 * @property {Field} [field]
 * @property {string} [value]
 */

/** @param {string} value */
const quoted = (value) => (/\s/.test(value) ? `"${value}"` : value);

/**
 * @param {string} text
 * @param {number} caret
 * @param {readonly CommandInfo[]} commands
 * @param {string} chosen name of the command for text without a slash
 * @param {(field: Field) => readonly string[]} [known] values for fields without a list of choices
 * @returns {Offer | null}
 */
export function offer(text, caret, commands, chosen, known = () => []) {
  const before = text.slice(0, caret);
  const typed = /^\s*\/(\S*)$/.exec(before);
  if (typed) {
    const start = (typed[1] ?? "").toLowerCase();
    const items = commands
      .filter(({ name }) => name.includes(start))
      .sort((a, b) => Number(b.name.startsWith(start)) - Number(a.name.startsWith(start)))
      .map((command) => ({ insert: `/${command.name} `, command }));
    return items.length ? { kind: "command", from: before.length - start.length - 1, to: caret, items } : null;
  }
  const command = commands.find(({ name }) => name === addressed(text, chosen).name);
  if (!command) return null;
  const fields = fieldsOf(command);
  const [, key = "", started] = /(?<!\S)([a-z][a-z0-9_]*)=(\S*)$/.exec(before) ?? [];
  const field = fields.find(({ name }) => name === key);
  if (field && started !== undefined) {
    const values = field.kind === "switch" ? ["true", "false"] : field.choices.length ? field.choices : known(field);
    const fitting = values.filter((value) => value.toLowerCase().startsWith(started.toLowerCase()) && value !== started);
    const shown = fitting.length ? fitting : started ? [] : [String(field.fallback ?? "")].filter(Boolean);
    const items = shown.map((value) => ({ insert: `${key}=${quoted(value)} `, command, field, value }));
    return items.length ? { kind: "value", from: caret - key.length - 1 - started.length, to: caret, items } : null;
  }
  const [word] = /(?<!\S)[a-z0-9_]*$/.exec(before) ?? [];
  if (word === undefined || !/^\s*\//.test(text)) return null;
  const given = new Set(overrides(text, command).map(({ name }) => name));
  const items = fields
    .filter(({ name }) => name.startsWith(word) && name !== word && !given.has(name))
    .map((each) => ({ insert: `${each.name}=`, command, field: each }));
  return items.length ? { kind: "parameter", from: caret - word.length, to: caret, items } : null;
}
