import { t } from "../../core/i18n.js";
import { again } from "../../server/schema.js";

/** @import { JobRow, TrackRecord } from "../../core/types.js" */
/** @import { App } from "../../store/app.js" */
/** @import { Draft } from "./draft.js" */
/** @import { Project } from "./project.js" */

/** Signs that a file system refuses, and what is not for eyes. */
const AWKWARD = /[\\/:*?"<>|\p{Cc}]+/gu;

/** A project as a file; one without a title is called as its track. @param {Project} project @param {string} title */
export const projectFile = (project, title) =>
  new File([JSON.stringify({ ...project, title: project.title || title })], `${title.replace(AWKWARD, " ").trim().slice(0, 80) || "drama"}.drama.json`, {
    type: "application/json",
  });

/** The job that renders a script. @param {App} app @param {string} key @returns {JobRow | undefined} */
const jobOf = (app, key) => [...app.jobs.rows.values()].findLast(({ params }) => params.script === key);

/** @param {App} app @param {string} key of the script */
export const isRendered = (app, key) => jobOf(app, key)?.status === "COMPLETED";

/** @param {App} app @param {string} key of the script */
export const isRendering = (app, key) => ["PENDING", "RUNNING"].includes(jobOf(app, key)?.status ?? "");

/** What depends on the mix before is told anew by the next. @param {Project} project @returns {Project} */
const unmixed = (project) => ({
  ...project,
  lines: project.lines.map((line) => (line.words.length ? { ...line, words: [] } : line)),
});

/** Has the drama made anew with its changes, everything else as the track was made. @param {App} app @param {TrackRecord} record @param {Draft} draft */
export async function render(app, record, draft) {
  const command = app.settings.find("drama");
  if (!command) return;
  const { edits } = draft;
  const row = await app.uploads.send(projectFile(unmixed(draft.project), record.title));
  if (!row) return;
  const { [command.text_field ?? ""]: _text, cast: _cast, ...made } = again(record, command); // the project has them
  if (draft.edits === edits) draft.send(row.key); // what was changed meanwhile is not in it
  const shown = `/drama ${t("ui.match.again", { name: record.title })}`;
  await app.requests.submit({ name: "drama", params: { ...made, script: row.key }, shown, from: record.id });
}
