import { MOST_HEARD } from "./layouts.js";
import { StemPlayer } from "./stem-player.js";

/** @import { Load } from "./stem-player.js" */

/**
 * One of the sounds that are compared.
 *
 * @typedef {object} Side
 * @property {string} label what its button says
 * @property {string} key `track:ID` or `upload:ID`
 * @property {number} [offset_s] where in its file the comparison begins
 * @property {number} [length_s] how much of it belongs to the comparison; all that is left by default
 * @property {number | null} [loudness_lufs] asked of the server when it is left out
 * @property {number} [gain_db] what it is turned by, instead of being matched by its loudness
 */

/** @typedef {Side & { samples: number, rate_hz: number, channels: number }} Known a side whose file is known */

/**
 * What each sound is turned by so that all are equally loud, in decibels. Nothing is turned up, which could clip: the
 * louder ones come down to the softest. A sound whose loudness is undefined (silence, a blink) stays as it is.
 *
 * @param {readonly Pick<Side, "loudness_lufs" | "gain_db">[]} sides
 * @returns {number[]}
 */
export function matchedGains(sides) {
  const measured = sides.flatMap(({ loudness_lufs: lufs, gain_db }) => (gain_db === undefined && isNumber(lufs) ? [lufs] : []));
  const softest = Math.min(...measured);
  return sides.map(({ loudness_lufs: lufs, gain_db }) => gain_db ?? (isNumber(lufs) ? softest - lufs : 0));
}

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** @param {number} samples @param {number} from Hz @param {number} to Hz */
const converted = (samples, from, to) => Math.max(Math.min(samples, 1), Math.floor((2 * samples * to + from) / (2 * from)));

/**
 * Several sounds that play in step from one clock, one of them heard: whichever is chosen goes on at the very sample
 * where the other left off. All are played at the highest of their rates, so that none loses anything.
 */
export class Comparison extends StemPlayer {
  chosen = 0;

  /**
   * @param {object} what
   * @param {readonly Known[]} what.sides
   * @param {(key: string, from: number, count: number, rate_hz: number, signal: AbortSignal) => ReturnType<Load>} what.load
   * @param {(rate_hz: number) => AudioContext} [what.open]
   */
  constructor({ sides, load, open }) {
    const rate_hz = Math.max(...sides.map((side) => side.rate_hz));
    const first = (/** @type {Side} */ side) => Math.round((side.offset_s ?? 0) * rate_hz);
    const stems = sides.map((side, number) => {
      const left = Math.max(0, converted(side.samples, side.rate_hz, rate_hz) - first(side));
      const wanted = side.length_s === undefined ? left : Math.round(side.length_s * rate_hz);
      return { name: String(number), samples: Math.min(left, wanted), channels: Math.min(side.channels, MOST_HEARD) };
    });
    super({
      stems,
      rate_hz,
      load: (name, from, count, signal) => {
        const side = /** @type {Known} */ (sides[Number(name)]);
        return load(side.key, from + first(side), count, rate_hz, signal);
      },
      ...(open ? { open } : {}),
    });
    this.sides = sides;
    this.gains_db = matchedGains(sides);
    this.choose(0);
  }

  /** Lets this one be heard; the others go on in silence. @param {number} number */
  choose(number) {
    if (!this.sides[number]) return;
    this.chosen = number;
    this.gains_db.forEach((gain_db, other) => {
      this.setLevel(String(other), other === number ? 10 ** (gain_db / 20) : 0, 0);
    });
    this.emit("change");
  }

  /** The next one, after the last the first. */
  next() {
    this.choose((this.chosen + 1) % this.sides.length);
  }
}
