import { i18n, t } from "../core/i18n.js";

/** @import { SourceNote } from "../core/types.js" */

/** What one note says, with its figures in the page's language. @param {SourceNote} note */
function sentence({ key, values }) {
  const figures = Object.entries(values).map(([name, value]) => [name, i18n.number(value)]);
  return t(key, Object.fromEntries(figures));
}

/**
 * What is wrong with files that could be read all the same, one sentence a file.
 *
 * @param {readonly SourceNote[] | undefined} notes @param {string} [name] of the file, where the notes do not say it
 * @returns {string[]}
 */
export function sourceNotes(notes = [], name = "") {
  /** @type {Map<string, string[]>} */
  const said = new Map();
  for (const note of notes) {
    const file = note.name ?? name;
    said.set(file, [...(said.get(file) ?? []), sentence(note)]);
  }
  return [...said].map(([file, words]) => t("ui.source_note", { name: file, words: [...new Set(words)].join("; ") }));
}
