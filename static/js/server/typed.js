/** @import { CommandInfo } from "../core/types.js" */

/** `key=value` as the server reads it: the key begins a word, a value with spaces stands in quotes. */
const PAIR = /(?<!\S)([a-z][a-z0-9_]*)=("[^"]*"|'[^']*'|\S+)[ \t]*/g;

/** @param {string} name @param {CommandInfo} command */
const sets = (name, command) => name in command.schema.properties && name !== command.text_field;

/**
 * The parameters that the typed words set; the panel's values give way to them.
 *
 * @param {string} text
 * @param {CommandInfo} command
 * @returns {{ name: string, value: string }[]}
 */
export function overrides(text, command) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const [, name = "", value = ""] of text.matchAll(PAIR)) {
    if (!sets(name, command)) continue;
    found.set(name, /^(["']).*\1$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value);
  }
  return [...found].map(([name, value]) => ({ name, value }));
}

/** The words without what they set of this parameter. @param {string} text @param {string} name */
export const withoutTyped = (text, name) => text.replace(PAIR, (pair, key) => (key === name ? "" : pair));
