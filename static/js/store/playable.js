import { address } from "../core/address.js";

/** @import { TrackRecord, TrackRow, Upload } from "../core/types.js" */

/**
 * What can be played: a track, or a file that the user brought.
 *
 * @typedef {object} Playable
 * @property {string} key `track:ID` or `upload:ID`
 * @property {string} title
 * @property {string} url
 * @property {number} duration_s 0 where nobody knows yet
 * @property {string | null} artist
 * @property {string} piece what takes of one piece have in common; empty for a sound that stands alone
 * @property {boolean} [loops] made to be repeated; left out where nobody knows yet
 */

/**
 * Where a sound was started from.
 *
 * @typedef {object} List
 * @property {string} name
 * @property {boolean} plays_on the next one follows by itself
 * @property {(sound: Playable, step: 1 | -1) => Playable | null | Promise<Playable | null>} beside
 */

/** @param {Playable | null | undefined} sound @returns {string} the track's id; empty for what is no track */
export const trackId = (sound) => (sound?.key.startsWith("track:") ? sound.key.slice(6) : "");

/** @param {{ id: string } & Partial<TrackRow & TrackRecord>} row @returns {Playable} */
export function playableTrack({ id, title = "", duration_s = 0, artist = null, command = "", prompt = "", parameters }) {
  const sound = { key: `track:${id}`, title, url: address(`/api/tracks/${id}/audio`), duration_s, artist };
  const piece = prompt ? `${command} ${prompt}` : "";
  return { ...sound, piece, ...(parameters ? { loops: parameters.loop_mode === true } : {}) };
}

/** @param {Upload} row @returns {Playable} */
export const playableUpload = ({ key, name, audio_url, duration_s }) => ({
  key, title: name, url: audio_url, duration_s, artist: null, piece: "", loops: false,
});

/** Takes of one piece, or versions of equal length: a moment means the same in both. @param {Playable} one @param {Playable} other */
export const alike = (one, other) =>
  (one.piece !== "" && one.piece === other.piece) ||
  (one.duration_s > 0 && Math.abs(one.duration_s - other.duration_s) < 0.1);

/**
 * A list that is made anew each time it is asked.
 *
 * @param {string} name
 * @param {() => readonly Playable[]} sounds
 * @returns {List}
 */
export const listOf = (name, sounds) => ({
  name,
  plays_on: true,
  beside(sound, step) {
    const all = sounds();
    const at = all.findIndex(({ key }) => key === sound.key);
    return (at < 0 ? null : all[at + step]) ?? null;
  },
});
