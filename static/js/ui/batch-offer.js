import { i18n, t } from "../core/i18n.js";
import { batchable } from "../store/batches.js";
import { chosen } from "./dialog.js";
import { commandSummary } from "./words.js";

/** @import { App } from "../store/app.js" */

/**
 * Asks what shall become of several files: a batch of one of the commands, or nothing but to be kept.
 *
 * @param {App} app
 * @param {readonly File[]} files
 */
export async function offerBatch(app, files) {
  const commands = batchable(app.settings.commands);
  const count = i18n.number(files.length);
  const answer = await chosen({
    title: t("ui.batch.title", { count }),
    text: t("ui.batch.text"),
    options: [
      ...commands.map((command) => ({ value: command.name, label: `/${command.name}`, hint: commandSummary(command) })),
      { value: "", label: t("ui.batch.keep"), hint: t("ui.batch.keep.hint") },
    ],
  });
  if (answer === null) return;
  const command = app.settings.find(answer);
  if (command) return app.batches.begin(command, files);
  for (const file of files) await app.uploads.send(file);
  app.emit("notice", { level: "info", message: t("ui.batch.kept", { count }) });
}
