import { read, write } from "../../core/storage.js";

/** @import { TextStorage } from "../../core/storage.js" */
/** @typedef {{ gain: number, pan: number, mute: boolean, solo: boolean }} Lane what the mixer does with one stem */
/** @typedef {Readonly<Record<string, Lane>>} Lanes by the stem's name, in the track's order */
/** @typedef {[gain: number, pan: number, mute: 0 | 1, solo: 0 | 1]} Stored */

export const MOST_GAIN = 2;
const KEY = "mixer_v1";
const TRACKS_KEPT = 60;

/** @type {Lane} */
export const PLAIN = { gain: 1, pan: 0, mute: false, solo: false };

/** @param {Lane} lane */
const isPlain = ({ gain, pan, mute, solo }) => gain === 1 && pan === 0 && !mute && !solo;

/** Nothing was moved. @param {Lanes} lanes */
export const untouched = (lanes) => Object.values(lanes).every(isPlain);

/**
 * Which stems sound: those on solo, whatever is muted; else those that are not muted.
 *
 * @param {Lanes} lanes
 * @returns {string[]}
 */
export function audible(lanes) {
  const names = Object.keys(lanes);
  const alone = names.filter((name) => lanes[name]?.solo);
  return alone.length ? alone : names.filter((name) => !lanes[name]?.mute);
}

/** What the stem is multiplied by now. @param {Lanes} lanes @param {string} name */
export const loudness = (lanes, name) => (audible(lanes).includes(name) ? (lanes[name]?.gain ?? 0) : 0);

/**
 * The words that `/mix` takes for what sounds now; empty when nothing does.
 *
 * @param {Lanes} lanes
 */
export function levelsText(lanes) {
  const words = audible(lanes).flatMap((name) => {
    const { gain, pan } = lanes[name] ?? PLAIN;
    if (gain === 0) return [];
    const placed = pan === 0 ? "" : `@${number(pan)}`;
    return [gain === 1 && !placed ? name : `${name}=${number(gain)}${placed}`];
  });
  return words.join(" ");
}

/** Two decimals at most, a point before them in every language. @param {number} value */
const number = (value) => String(Math.round(value * 100) / 100);

/** A gain in decibels; null for silence. @param {number} gain */
export const decibels = (gain) => (gain > 0 ? 20 * Math.log10(gain) : null);

/**
 * The lanes as they were left, for these stems.
 *
 * @param {TextStorage} storage
 * @param {string} trackId
 * @param {readonly string[]} names
 * @returns {Lanes}
 */
export function recalled(storage, trackId, names) {
  /** @type {Record<string, Record<string, Stored>>} */
  const all = read(storage, KEY, {});
  const kept = all[trackId] ?? {};
  return Object.fromEntries(
    names.map((name) => {
      const [gain = 1, pan = 0, mute = 0, solo = 0] = kept[name] ?? [];
      const lane = { gain: within(gain, 0, MOST_GAIN, 1), pan: within(pan, -1, 1, 0), mute: !!mute, solo: !!solo };
      return [name, lane];
    }),
  );
}

/** @param {unknown} value @param {number} low @param {number} high @param {number} fallback */
const within = (value, low, high, fallback) =>
  typeof value === "number" && value >= low && value <= high ? value : fallback;

/**
 * Keeps what was moved; the tracks that were mixed longest ago are forgotten.
 *
 * @param {TextStorage} storage
 * @param {string} trackId
 * @param {Lanes} lanes
 */
export function remember(storage, trackId, lanes) {
  const { [trackId]: _before, ...others } = /** @type {Record<string, Record<string, Stored>>} */ (read(storage, KEY, {}));
  const moved = Object.entries(lanes).filter(([, lane]) => !isPlain(lane));
  const kept = Object.entries(others).slice(-(TRACKS_KEPT - 1));
  if (moved.length) {
    kept.push([
      trackId,
      Object.fromEntries(
        moved.map(([name, { gain, pan, mute, solo }]) => [name, /** @type {Stored} */ ([gain, pan, +mute, +solo])]),
      ),
    ]);
  }
  write(storage, KEY, Object.fromEntries(kept));
}
