import * as api from "../server/api.js";
import { MOST_HEARD } from "./layouts.js";
import { StemPlayer } from "./stem-player.js";

/** @import { Playable } from "../store/playable.js" */

/**
 * A loop whose end joins its beginning on the sample, which an audio element does not do. Raises as requests do.
 *
 * @param {Playable} sound
 * @returns {Promise<StemPlayer>} it stands at the beginning
 */
export async function seamless({ key }) {
  const { samples, rate_hz, channels } = await api.sound(key);
  const player = new StemPlayer({
    stems: [{ name: key, samples, channels: Math.min(channels, MOST_HEARD) }],
    rate_hz,
    load: (name, from, count, signal) => api.soundSamples(name, from, count, rate_hz, signal),
  });
  player.setRepeat({ from: 0, to: samples });
  player.setLevel(key, 1, 0);
  return player;
}
