/** @import { Playback } from "../store/playback.js" */

const CHANNEL = "sound";

/**
 * One sound at a time, over all tabs: whichever player begins says `play`, and the others stop. The event does not
 * bubble, but it can be captured; what began in another tab is told to the players of this one as the same event.
 *
 * @param {Playback} playback
 */
export function oneSound(playback) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
  document.addEventListener(
    "play",
    (event) => {
      if (event.target !== playback.audio) playback.pause();
      if (event.target !== document) channel?.postMessage("play");
    },
    true,
  );
  channel?.addEventListener("message", () => document.dispatchEvent(new Event("play")));
}
