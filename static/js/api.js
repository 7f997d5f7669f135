import { i18n } from "./i18n.js";

/** @import { ErrorBody, Peaks, TrackRecord, TrackRow } from "./types.js" */

/** The server said no; `body` says why. */
export class Refusal extends Error {
  /** @param {number} status @param {ErrorBody} body */
  constructor(status, body) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** @param {unknown} error what a request raised @returns {ErrorBody} */
export function bodyOf(error) {
  if (error instanceof Refusal) return error.body;
  return { code: "INTERNAL", message: i18n.t("ui.error.unreachable"), detail: { key: "ui.error.unreachable" } };
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the JSON body. Raises Refusal, or TypeError when the server cannot be reached
 */
async function request(path, options = {}) {
  const headers = { Accept: "application/json", "Accept-Language": i18n.language, ...options.headers };
  const answer = await fetch(path, { ...options, headers });
  const body = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, body?.error ?? { code: "INTERNAL", message: answer.statusText });
  return body;
}

/** @param {number} before unix seconds @returns {Promise<{ tracks: TrackRow[], total: number }>} */
export const tracks = (before) => request(`/api/tracks?before=${before}&limit=200`);

/** @param {string} id @returns {Promise<TrackRecord>} */
export const track = (id) => request(`/api/tracks/${id}`);

/** @param {string} id @returns {Promise<Peaks>} */
export const peaks = (id) => request(`/api/tracks/${id}/peaks`);

/** @param {string} id @param {{ favourite?: boolean, locked?: boolean }} change */
export const mark = (id, change) =>
  request(`/api/tracks/${id}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(change),
  });

/** @param {string} id */
export const remove = (id) => request(`/api/tracks/${id}`, { method: "DELETE" });
