import { address } from "../../core/address.js";
import { i18n } from "../../core/i18n.js";
import { ask, Refusal, request, send } from "../../server/api.js";
import { save, saveFrom } from "../../ui/files.js";

/** @import { JobRow } from "../../core/types.js" */
/** @import { Project } from "./project.js" */
/** @import { Utterance } from "./spoken.js" */
/**
 * A voice that can be cast.
 *
 * @typedef {object} Voice
 * @property {string} id `ENGINE:NAME`
 * @property {string} name
 * @property {string} engine
 * @property {string} language
 * @property {string} gender
 * @property {string} age
 * @property {string} accent
 * @property {number} grade 0..1
 * @property {boolean} narrates
 * @property {string} licence
 * @property {boolean} commercial_use
 * @property {boolean} installed
 * @property {boolean} fetchable
 * @property {number | null} [bytes] of its model, to be fetched where it is not installed
 *
 * A sound that can stand on the timeline.
 *
 * @typedef {object} Sound
 * @property {string} id
 * @property {"ambience" | "effect"} kind
 * @property {readonly string[]} tags
 * @property {string} title
 * @property {boolean} loops
 * @property {number | null} duration_s
 * @property {string} credit
 * @property {string} licence
 * @property {Record<string, [number, number, number]>} parameters name -> lowest, usual, highest
 * @property {boolean} installed
 */

/** @param {string} id of the track @returns {Promise<Project>} */
export const project = (id) => request(`/api/tracks/${id}/project`);

/** Voices, and a sentence of about ten seconds in each language. @returns {Promise<{ voices: Voice[], samples: Record<string, string> }>} */
export const voices = () => request("/api/voices");

/** @param {{ q?: string, kind?: string }} search @param {AbortSignal} [signal] @returns {Promise<{ sounds: Sound[] }>} */
export const sounds = ({ q = "", kind = "" }, signal) =>
  request(`/api/sounds?${new URLSearchParams({ q, kind, language: i18n.language })}`, signal ? { signal } : {});

/** @param {string} id @param {{ seed: number, parameters: Record<string, number> }} how */
export function soundUrl(id, { seed, parameters }) {
  const named = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  return address(`/api/sounds/audio?${new URLSearchParams([["id", id], ["seed", String(seed)], ...named])}`);
}

/** @param {Utterance} utterance @param {AbortSignal} signal @returns {Promise<{ key: string, ready: boolean, job_id?: string }>} */
export const speak = (utterance, signal) => send("POST", "/api/speech", { utterance }, signal);

/** @param {string} key */
export const speechUrl = (key) => address(`/api/speech/${key}`);

/** Whether it was spoken already. @param {string} key @param {AbortSignal} signal */
export const isSpoken = (key, signal) =>
  ask(`/api/speech/${key}`, { method: "HEAD", signal }).then(
    () => true,
    (error) => {
      if (error instanceof Refusal && error.status === 404) return false;
      throw error;
    },
  );

/** @param {string} id @param {AbortSignal} signal @returns {Promise<JobRow>} */
export const job = (id, signal) => request(`/api/jobs/${id}`, { signal });

/** Files that the server reads all sound for: made once, and kept. */
const LARGE = new Set(["book.m4b", "book.epub", "lines.zip"]);


/**
 * Saves what a drama is handed over as, once the server has made it: a book takes a while, and never passes through the
 * page. Raises as `request` does.
 *
 * @param {string} id of the track
 * @param {string} file
 */
export async function saveExport(id, file) {
  const at = `${id}/drama/${file}?language=${i18n.language}`;
  if (LARGE.has(file)) {
    while (!(await send("POST", `/api/tracks/${at}`)).ready);
    saveFrom(address(`/api/tracks/${at}`));
    return;
  }
  const answer = await ask(`/api/tracks/${at}`);
  const [, name = encodeURIComponent(file)] = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "") ?? [];
  const content = await answer.blob();
  save(decodeURIComponent(name), content.type, content);
}
