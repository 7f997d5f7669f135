import { isObject } from "../core/json.js";

/** @import { App, Target } from "../store/app.js" */

const LARGEST_CHAT = 5 * 2 ** 20;
/** How much of a text names its file, letters. */
const NAME = 40;

/** A JSON file is an exported chat, unless it is of another form: a script or the project of a drama. @param {File} file */
export async function isChat(file) {
  if (file.type !== "application/json" && !file.name.toLowerCase().endsWith(".json")) return false;
  if (file.size > LARGEST_CHAT) return false;
  try {
    const value = JSON.parse(await file.text());
    return !Array.isArray(value) && !(isObject(value) && !("messages" in value));
  } catch {
    return true;
  }
}

/** A text as a file that is called by its first words. @param {string} text */
export function textFile(text) {
  const name = text.trim().split("\n", 1)[0]?.replace(/[^\p{L}\p{N}\p{M} '-]+/gu, " ").replace(/\s+/g, " ").trim().slice(0, NAME).trim();
  return new File([text], `${name || "script"}.txt`, { type: "text/plain" });
}

/** Sends a script to the server and gives it to its parameter. @param {App} app @param {Target} place @param {File} file */
export async function giveScript(app, place, file) {
  const row = await app.uploads.send(file);
  if (row) app.give(place, row.key);
}
