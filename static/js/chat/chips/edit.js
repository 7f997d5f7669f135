import { t } from "../../core/i18n.js";

/** @import { App } from "../../store/app.js" */
/** @import { Chip, Prompt } from "../chips.js" */

/**
 * Whether the words change the piece on the card or ask for a new one; a click is for the other.
 *
 * @param {App} _app
 * @param {Prompt} prompt
 * @returns {Chip[]}
 */
export function edit(_app, { edit: found, edits, choose }) {
  if (!found) return [];
  const { title } = found;
  return edits
    ? [{ id: "edit", label: t("ui.edit.of"), value: title, title: t("ui.edit.of.hint", { title }), icon: "pencil", act: () => choose("new") }]
    : [{ id: "edit", label: t("ui.edit.new"), title: t("ui.edit.new.hint", { title }), icon: "note", act: () => choose("edit") }];
}
