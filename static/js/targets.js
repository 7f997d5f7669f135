import { fieldsOf } from "./schema.js";

/** @import { Field } from "./schema.js" */
/** @import { CommandInfo } from "./types.js" */
/** @typedef {{ command: CommandInfo, field: Field }} Target a place that takes an audio file */

/** Every parameter, of any command, that takes an audio file. @param {readonly CommandInfo[]} commands @returns {Target[]} */
export const targets = (commands) =>
  commands.flatMap((command) =>
    fieldsOf(command)
      .filter((field) => field.kind === "audio")
      .map((field) => ({ command, field })),
  );
