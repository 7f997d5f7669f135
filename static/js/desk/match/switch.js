import * as api from "../../server/api.js";
import { CompareSwitch } from "../../sound/compare-switch.js";

/** @import { Spot } from "../../server/api.js" */
/** @import { Known, Side } from "../../sound/compare.js" */

/**
 * A, B and the reference. B may be a piece that lies in the page only; when a slider has made it anew, the sound goes
 * on where it was.
 */
class MatchSwitch extends CompareSwitch {
  /** The sounds that the page holds, by their keys. @type {ReadonlyMap<string, Spot>} */
  pieces = new Map();

  /** @param {readonly Side[]} sides */
  async show(sides) {
    const { comparison, chosen, playing } = this;
    const at_s = comparison?.at_s ?? 0;
    await super.show(sides);
    if (!comparison || !this.comparison || this.comparison === comparison) return;
    this.comparison.choose(Math.min(chosen, sides.length - 1));
    this.seek(at_s % Math.max(this.comparison.duration_s, 1e-6));
    if (playing) this.toggle();
  }

  /** @param {Side} side @returns {Promise<Known>} */
  async learn(side) {
    const piece = this.pieces.get(side.key);
    if (!piece) return super.learn(side);
    const { rate_hz, audio } = piece;
    return { ...side, rate_hz, samples: audio[0]?.length ?? 0, channels: audio.length };
  }

  /** @param {string} key @param {number} from @param {number} count @param {number} rate_hz @param {AbortSignal} signal */
  async load(key, from, count, rate_hz, signal) {
    const piece = this.pieces.get(key);
    if (!piece) return api.soundSamples(key, from, count, rate_hz, signal);
    return piece.audio.map((channel) => channel.slice(from, from + count));
  }
}
customElements.define("match-switch", MatchSwitch);
