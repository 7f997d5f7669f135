import { address } from "../core/address.js";
import { i18n } from "../core/i18n.js";

/** @import { ErrorBody, JobRow, LibrarySummary, Meaning, Peaks, Playlist, Schema, Score, Search, Tagging, TrackRecord, TrackRow, Upload, Values } from "../core/types.js" */

/**
 * Sound that the page holds.
 *
 * @typedef {object} Spot
 * @property {Float32Array<ArrayBuffer>[]} audio a list for each channel
 * @property {number} rate_hz
 * @property {{ loudness_lufs: number | null, before_lufs: number | null, true_peak_dbtp: number | null,
 *   gain_db: number, limited_share: number, limiter_db: number }} facts
 */

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
 * What accounts add to requests; nothing where there are none. `csrf`: what proves that a request is this page's;
 * `renewed`: whether one that was refused with this status and this proof may come again, after the user logged in.
 *
 * @type {{ csrf: string, renewed: (status: number, csrf: string) => Promise<boolean> }}
 */
export const login = { csrf: "", renewed: async () => false };

/** @returns {Record<string, string>} headers of every request */
export const everywhere = () => ({ "X-Language": i18n.language, ...(login.csrf && { "X-CSRF-Token": login.csrf }) });

/** One request, whatever is answered. @param {string} path @param {RequestInit} [options] raises TypeError, AbortError */
export const reach = (path, options = {}) =>
  fetch(address(path), { ...options, headers: { ...everywhere(), ...options.headers } });

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} Raises Refusal, AbortError, or TypeError when the server cannot be reached
 */
export async function ask(path, options) {
  const { csrf } = login;
  const answer = await reach(path, options);
  if (answer.ok) return answer;
  if (await login.renewed(answer.status, csrf)) return ask(path, options);
  throw refusal(answer.status, await answer.json().catch(() => null), answer.statusText);
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the JSON body. Raises as `ask` does
 */
export async function request(path, options = {}) {
  const answer = await ask(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  return answer.status === 204 ? null : answer.json().catch(() => null);
}

/**
 * @param {number} status
 * @param {{ error: ErrorBody } | ErrorBody | null} body in version 1 the error itself
 * @param {string} text
 */
export function refusal(status, body, text) {
  const said = body && ("error" in body ? body.error : body);
  return new Refusal(status, said?.code ? said : { code: "INTERNAL", message: text });
}

/** @param {unknown} body @returns {RequestInit} */
const posted = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** @param {string} method @param {string} path @param {unknown} [body] @param {AbortSignal | null} [signal] */
export const send = (method, path, body, signal = null) =>
  request(path, { ...(body === undefined ? {} : posted(body)), method, signal });

/** @param {Search} search */
function searchQuery({ tag = [], key = [], ...search }) {
  const query = new URLSearchParams([...tag.map((one) => ["tag", one]), ...key.map((one) => ["key", one])]);
  for (const [name, value] of Object.entries(search)) {
    if (value === true) query.set(name, "1");
    else if (value && String(value)) query.set(name, String(value)); // a list: its members, with commas between
  }
  return query;
}

/** @param {Search} search @returns {Promise<{ tracks: TrackRow[], total: number, offset: number, untagged: number }>} */
export const tracks = (search) => request(`/api/tracks?${searchQuery(search)}`);

/** @returns {Promise<LibrarySummary>} */
export const librarySummary = () => request("/api/library");

/** @returns {Promise<{ playlists: Playlist[] }>} */
export const playlists = () => request("/api/playlists");

/** @param {string} title @param {Search} search @returns {Promise<Playlist>} */
export const keepPlaylist = (title, search) => send("POST", "/api/playlists", { title, search });

/** @param {string} id @param {{ title?: string, search?: Search }} change @returns {Promise<Playlist>} */
export const editPlaylist = (id, change) => send("PATCH", `/api/playlists/${id}`, change);

/** @param {string} id */
export const removePlaylist = (id) => send("DELETE", `/api/playlists/${id}`);

/** Its tracks as they are now, for another player. @param {string} id */
export const playlistUrl = (id) => address(`/api/playlists/${id}/tracks.m3u8`);

/** How far the library is tagged. @returns {Promise<Tagging>} */
export const tagging = () => request("/api/tagging");

/** @param {"start" | "pause" | "stop"} action @returns {Promise<Tagging>} */
export const directTagging = (action) => send("POST", "/api/tagging", { action });

/**
 * Tracks that are one recording, the oldest first; `total` is how many groups there are, where not all are told, and
 * `unknown` how many tracks cannot be compared yet.
 *
 * @returns {Promise<{ groups: TrackRow[][], total: number, unknown: number }>}
 */
export const duplicates = () => request("/api/duplicates");

/** @param {string} id @returns {Promise<TrackRecord>} */
export const track = (id) => request(`/api/tracks/${id}`);

/** A part of a sound, finer than the whole. @typedef {{ from_s: number, to_s: number, points?: number }} Part */

/** @param {Part} part */
const partQuery = ({ from_s, to_s, points }) =>
  `?from_s=${from_s.toFixed(6)}&to_s=${to_s.toFixed(6)}${points ? `&points=${points}` : ""}`;

/** @param {string} id @param {Part} [part] the whole track by default @param {AbortSignal} [signal] @returns {Promise<Peaks>} */
export const peaks = (id, part, signal) =>
  request(`/api/tracks/${id}/peaks${part ? partQuery(part) : ""}`, signal ? { signal } : {});

/**
 * Waveforms for rows of lists: a digit of base 36 for each of 60 stretches. Sounds without one are left out.
 *
 * @param {readonly string[]} keys `track:ID` or `upload:ID`, up to 100
 * @returns {Promise<{ outlines: Record<string, string> }>}
 */
export const outlines = (keys) => request(`/api/outlines?keys=${keys.join(",")}`);

/** @param {string} id @returns {Promise<Score>} */
export const score = (id) => request(`/api/tracks/${id}/score`);

/** @param {string} id @param {string} stem @param {Part} [part] @param {AbortSignal} [signal] @returns {Promise<Peaks>} */
export const stemPeaks = (id, stem, part, signal) =>
  request(`/api/tracks/${id}/stems/${stem}/peaks${part ? partQuery(part) : ""}`, signal ? { signal } : {});

/**
 * A piece of a stem, a list of samples for each channel. Raises as `request` does, AbortError when it is called off.
 *
 * @param {string} id
 * @param {string} stem
 * @param {number} from first sample
 * @param {number} count
 * @param {AbortSignal} signal
 * @returns {Promise<Float32Array<ArrayBuffer>[]>}
 */
export const stemSamples = (id, stem, from, count, signal) =>
  samples(`/api/tracks/${id}/stems/${stem}/samples?from=${from}&count=${count}`, signal);

/**
 * A piece of any sound at a rate of one's choice, counted at that rate; else as `stemSamples`.
 *
 * @param {string} key `track:ID` or `upload:ID`
 * @param {number} from
 * @param {number} count
 * @param {number} rate_hz
 * @param {AbortSignal} signal
 */
export const soundSamples = (key, from, count, rate_hz, signal) =>
  samples(`/api/sounds/${key}/samples?from=${from}&count=${count}&rate_hz=${rate_hz}`, signal);

/**
 * What is known of a sound without looking into it; no `loudness_lufs` where nobody has measured it yet.
 *
 * @param {string} key
 * @returns {Promise<{ name: string, samples: number, rate_hz: number, channels: number, loudness_lufs?: number | null }>}
 */
export const sound = (key) => request(`/api/sounds/${key}`);

/** Loudness of a sound, measured where nobody did. @param {string} key @returns {Promise<{ loudness_lufs: number | null }>} */
export const soundLevels = (key) => request(`/api/sounds/${key}/levels`);

/** @param {string} path @param {AbortSignal} signal @returns {Promise<Float32Array<ArrayBuffer>[]>} one list for each channel */
async function samples(path, signal) {
  const answer = await ask(path, { signal });
  return apart(await answer.arrayBuffer(), Number(answer.headers.get("X-Channels")));
}

/** Interleaved samples, a list for each channel. @param {ArrayBuffer} data @param {number} channels */
function apart(data, channels) {
  const mixed = new Float32Array(data);
  return Array.from({ length: channels }, (_, channel) => {
    const own = new Float32Array(mixed.length / channels);
    for (let at = 0, read = channel; at < own.length; at++, read += channels) own[at] = mixed[read] ?? 0;
    return own;
  });
}

/**
 * Ten seconds of a match, rendered for the asking. Raises as `request` does, AbortError when it is called off.
 *
 * @param {{ params: Values, from_s: number, rate_hz: number, own_lufs: number | null }} body
 * @param {AbortSignal} signal
 * @returns {Promise<Spot>}
 */
export async function matchSpot(body, signal) {
  const answer = await ask("/api/match/spot", { ...posted(body), signal });
  const facts = JSON.parse(answer.headers.get("X-Match") ?? "{}");
  return { facts, rate_hz: facts.rate_hz, audio: apart(await answer.arrayBuffer(), facts.channels) };
}

/**
 * A style as a file for another program. Raises as `request` does.
 *
 * @param {{ style: Values, form: string, rate_hz: number, name: string }} body
 * @returns {Promise<{ name: string, content: Blob }>}
 */
export async function matchExport(body) {
  const answer = await ask("/api/match/export", posted(body));
  const [, name = "match"] = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "") ?? [];
  return { name: decodeURIComponent(name), content: await answer.blob() };
}

/**
 * The style in a `.vstpreset`. Raises as `request` does.
 *
 * @param {File} file
 * @returns {Promise<{ style: Values }>}
 */
export const matchImport = (file) => request("/api/match/import", { method: "POST", body: file });

/** What every number of a style is called, and its limits. @returns {Promise<Schema>} */
export const matchSchema = () => request("/api/match/schema");

/** @param {string} id */
export const matchUrl = (id) => address(`/api/tracks/${id}/match`);

/** @param {string} id @param {readonly string[]} [stems] some of them; all where none is named */
export const stemsZipUrl = (id, stems) =>
  address(`/api/tracks/${id}/stems.zip?language=${i18n.language}${stems ? `&stems=${stems.join(",")}` : ""}`);

/** @param {string} id @param {Part} [part] */
export const spectrogramUrl = (id, part) => address(`/api/tracks/${id}/spectrogram${part ? partQuery(part) : ""}`);

/** The report on a track, to be saved. @param {string} id @param {"json" | "md"} form for people in the page's language */
export const analysisUrl = (id, form) => address(`/api/tracks/${id}/analysis.${form}?language=${i18n.language}`);

/** @param {string} id @param {{ favourite?: boolean, locked?: boolean, public?: boolean, artist?: string | null }} change */
export const edit = (id, change) => send("PATCH", `/api/tracks/${id}`, change);

/** The user's own facts in place of those that were found. @param {string} id @param {import("../core/types.js").Values} facts */
export const correct = (id, facts) => send("POST", `/api/tracks/${id}/annotations`, facts);

/** Takes facts back. @param {string} id @param {string} annotation */
export const undoFacts = (id, annotation) => send("POST", `/api/tracks/${id}/annotations/${annotation}/undo`, {});

/** @typedef {import("../core/types.js").FileTagField} FileTagField */
/** How tags are written into a file. @typedef {{ mode: string, key_form: string, fields?: string[] }} TagsAsked */

/** What would change. @param {string} id @param {TagsAsked} asked @returns {Promise<{ fields: FileTagField[], digest: string }>} */
export const previewFileTags = (id, asked) => send("POST", `/api/tracks/${id}/file-tags/preview`, asked);

/**
 * Writes what a preview has shown; what was written.
 *
 * @param {string} id
 * @param {TagsAsked & { digest: string }} asked
 * @returns {Promise<{ fields: FileTagField[] }>}
 */
export const writeFileTags = (id, asked) => send("POST", `/api/tracks/${id}/file-tags`, asked);

/** Takes the last writing back; the tags that are as before. @param {string} id @returns {Promise<{ tags: string[] }>} */
export const undoFileTags = (id) => send("POST", `/api/tracks/${id}/file-tags/undo`, {});

/**
 * What a text means before it is sent; nothing is done.
 *
 * @param {{ text: string, command: string, track_id: string | null, uploads: string[] }} question
 * @returns {Promise<Meaning>}
 */
export const understand = (question) => send("POST", "/api/understand", { ...question, language: i18n.language });

/** @param {string} id */
export const remove = (id) => send("DELETE", `/api/tracks/${id}`);

/** Every track that is not locked. @returns {Promise<{ removed: string[], kept: number, uploads: number }>} */
export const removeAll = () => send("DELETE", "/api/tracks");

/** Every job of a batch. @param {string} id @returns {Promise<{ jobs: JobRow[] }>} */
export const batch = (id) => request(`/api/batches/${id}`);

/** @returns {Promise<{ uploads: Upload[] }>} newest first */
export const uploads = () => request("/api/uploads");

/** @param {string} id @returns {Promise<Upload>} */
export const uploaded = (id) => request(`/api/uploads/${id}`);
