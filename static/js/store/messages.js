/** @import { About, ErrorBody, JobRow, JobStatus, Values } from "../core/types.js" */

/** @typedef {{ name: string, error: ErrorBody }} Refused a file that was not taken, and why */

/**
 * One line of the chat, as data. What changes every moment (stage, percent) stays in the job row.
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {"user" | "system" | "assistant"} role
 * @property {number} at unix seconds
 * @property {string} text what the user typed, or the prompt of a track made elsewhere
 * @property {About | null} about what was asked for; null where nobody knows
 * @property {string} command
 * @property {string | null} request_id
 * @property {string | null} job_id
 * @property {JobStatus | "SENDING" | "LOST" | null} status
 * @property {ErrorBody | null} error
 * @property {{ id: string, title: string }[]} tracks
 * @property {string | null} batch_id the message stands for all jobs of this batch
 * @property {readonly Refused[]} refused files of the batch that never became jobs
 * @property {{ params: Values, text?: string } | null} unsent what to send again when the server never took it
 */

/** States that a message does not leave by itself. */
export const DONE = /** @type {const} */ (["COMPLETED", "FAILED", "CANCELED", "LOST"]);
export const OPEN = new Set(["SENDING", "PENDING", "RUNNING"]);

/** @param {Message} message */
export const isOpen = (message) => message.status !== null && OPEN.has(message.status);

/** @param {Partial<Message> & Pick<Message, "id" | "role" | "at">} parts @returns {Message} */
export function line(parts) {
  const blank = {
    text: "",
    about: null,
    command: "",
    request_id: null,
    job_id: null,
    status: null,
    error: null,
    batch_id: null,
    unsent: null,
  };
  return { ...blank, tracks: [], refused: [], ...parts };
}

/** A line that is spoken for the desk of a drama: no run of the user's, and nothing to be told. @param {Pick<JobRow, "params">} row */
export const isAside = ({ params }) => Boolean(params.utterance);

/** What a job's state makes of its message. @param {JobRow} row @param {Message} message */
export function jobPart(row, message) {
  const titles = new Map(message.tracks.map((track) => [track.id, track.title]));
  return {
    role: /** @type {Message["role"]} */ (row.status === "COMPLETED" ? "assistant" : "system"),
    job_id: row.id,
    about: row.about,
    status: row.status,
    error: row.error,
    unsent: null,
    tracks: row.track_ids.map((id) => ({ id, title: titles.get(id) ?? "" })),
  };
}

/** Whether a job's message belongs to this prompt. @param {Message} prompt @param {readonly Message[]} messages */
export const answered = (prompt, messages) =>
  messages.some((other) => other.role !== "user" && other.at === prompt.at && other.text === prompt.text);

/** @param {readonly Message[]} messages @param {Message} message placed by its time, after those of the same moment */
export function inserted(messages, message) {
  const later = messages.findIndex((other) => other.at > message.at);
  return later < 0 ? [...messages, message] : [...messages.slice(0, later), message, ...messages.slice(later)];
}
