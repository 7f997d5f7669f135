import { t } from "../core/i18n.js";
import { confirmed } from "./dialog.js";

/** @import { App } from "../store/app.js" */

/**
 * Removes a track for good, once the user has said so.
 *
 * @param {App} app
 * @param {{ id: string, title: string }} track
 * @returns {Promise<boolean>} whether the user did
 */
export async function deleteTrack(app, { id, title: name }) {
  const title = t("ui.delete.title", { name });
  if (!(await confirmed({ title, text: t("ui.delete.text"), action: t("ui.delete.action") }))) return false;
  await app.remove(id);
  return true;
}
