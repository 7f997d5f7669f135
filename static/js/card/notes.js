import { i18n, t } from "../core/i18n.js";

/** Parts of a code that carry a value of their own. */
const VALUED = /^(bit_depth|rate|channels|layout|tag_lost)_(.+)$/;

/** One code of a record's `format_note` as a sentence; what has none stays as it is. @param {string} code */
function sentence(code) {
  const [, kind, value] = VALUED.exec(code) ?? [];
  const key = `ui.note.${kind ?? code}`;
  if (!i18n.has(key)) return code;
  return t(key, { value: (value ?? "").replaceAll("_", " ") });
}

/** Why a file differs from what was asked for, in words. @param {string} note codes with commas between them */
export const formatNote = (note) => note.split(",").map(sentence).join("; ");
