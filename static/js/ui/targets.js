import { t } from "../core/i18n.js";
import { fieldsOf } from "../server/schema.js";
import { chosen } from "./dialog.js";
import { fieldHint, fieldTitle } from "./words.js";

/** @import { CommandInfo } from "../core/types.js" */
/** @import { Target } from "../store/app.js" */
/** @import { App } from "../store/app.js" */

/**
 * Every parameter, of any command, that takes an audio file, or a script.
 *
 * @param {readonly CommandInfo[]} commands
 * @param {"audio" | "script"} [kind]
 * @returns {Target[]}
 */
export const targets = (commands, kind = "audio") =>
  commands.flatMap((command) =>
    fieldsOf(command)
      .filter((field) => field.kind === kind)
      .map((field) => ({ command, field })),
  );

/**
 * Gives an audio file to a parameter; asks which one where several would take it, says so where none does. A drama of
 * the library is a script too.
 *
 * @param {App} app
 * @param {string} key
 * @param {string} name what the file is called
 */
export async function sendTo(app, key, name) {
  const places = targets(app.settings.commands);
  if (app.tracks.row(key.replace(/^track:/, ""))?.command === "drama") places.push(...targets(app.settings.commands, "script"));
  if (!places.length) return app.emit("notice", { level: "info", message: t("ui.send_to.nowhere", { name }) });
  const answer = await chosen({
    title: t("ui.send_to.title", { name }),
    text: t("ui.send_to.text"),
    options: places.map(({ command, field }, at) => ({
      value: String(at),
      label: `/${command.name} · ${fieldTitle(command.name, field.name, field)}`,
      hint: fieldHint(command.name, field),
    })),
  });
  const place = answer === null ? undefined : places[Number(answer)];
  if (place) app.give(place, key);
}
