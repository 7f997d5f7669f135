import { isObject } from "../core/json.js";
import { DONE, line } from "./messages.js";

/** @import { About } from "../core/types.js" */
/** @import { Message } from "./messages.js" */

const MOST = 4000;

/** @param {unknown} value @param {number} [limit] @returns {string} */
function text(value, limit = 10_000) {
  if (typeof value !== "string" || value.length > limit) throw new TypeError("not a text");
  return value;
}

/** @param {unknown} about raises TypeError @returns {About} */
function aboutOf(about) {
  if (!isObject(about) || !Array.isArray(about.inputs) || about.inputs.length > 20) throw new TypeError("not a request");
  const inputs = about.inputs.map((input) => {
    if (!isObject(input)) throw new TypeError("not an input");
    const track_id = input.track_id === null ? null : text(input.track_id, 64);
    return { field: text(input.field, 60), key: text(input.key, 64), title: text(input.title, 300), track_id };
  });
  const plain = Object.entries(isObject(about.values) ? about.values : {}).filter(
    ([, value]) => typeof value === "number" || (typeof value === "string" && value.length < 100),
  );
  return { command: text(about.command, 40), text: text(about.text, 300), inputs, values: Object.fromEntries(plain) };
}

/**
 * Strictly what an export holds: other fields are left behind, messages with other types are passed over, and of more
 * than `MOST` the oldest.
 *
 * @param {unknown} chat raises TypeError when it is no exported chat, or holds no message that can be read
 * @returns {{ messages: Message[], invalid: number, beyond: number }} `beyond`: how many were too many
 */
export function imported(chat) {
  if (!isObject(chat) || !Array.isArray(chat.messages)) throw new TypeError("not an exported chat");
  const entries = chat.messages.slice(-MOST);
  const messages = entries.flatMap((entry) => {
    try {
      return [message(entry)];
    } catch {
      return [];
    }
  });
  if (!messages.length) throw new TypeError("no message");
  return { messages, invalid: entries.length - messages.length, beyond: chat.messages.length - entries.length };
}

/** @param {unknown} entry raises TypeError @returns {Message} */
function message(entry) {
  if (!isObject(entry) || !Array.isArray(entry.tracks)) throw new TypeError("not a message");
  const { role, at, error } = entry;
  if (role !== "user" && role !== "assistant" && role !== "system") throw new TypeError("unknown role");
  if (typeof at !== "number" || !Number.isFinite(at)) throw new TypeError("not a time");
  const known = DONE.find((name) => name === entry.status);
  const status = role === "user" ? null : (known ?? "LOST");
  const body = isObject(error) ? { code: text(error.code, 40), message: text(error.message) } : null;
  const tracks = entry.tracks.map((track) => {
    if (!isObject(track)) throw new TypeError("not a track");
    return { id: text(track.id, 64), title: text(track.title ?? track.name, 300) };
  });
  const job_id = entry.job_id === null ? null : text(entry.job_id, 64);
  const request_id = entry.request_id === null ? null : text(entry.request_id, 64);
  const said = { text: text(entry.text), command: text(entry.command, 40) };
  const about = entry.about ? aboutOf(entry.about) : null;
  return line({ id: text(entry.id, 100), role, at, ...said, about, job_id, request_id, status, error: body, tracks });
}

/**
 * The chat as plain text: `[role] text`, a blank line between two messages.
 *
 * @param {readonly Message[]} messages
 * @param {(message: Message) => string} say
 */
export function asText(messages, say) {
  return messages.map((message) => `[${message.role}] ${say(message)}`).join("\n\n") + "\n";
}
