/** @typedef {{ from_s: number, to_s: number }} Region a stretch of a track that is played again and again */
/** @typedef {{ region: Region | null, loop: boolean, volume: number }} Listening how the card's player is set */

export const SHORTEST_S = 0.05;

/**
 * The region between two moments, whichever comes first; null when it would be too short to be heard as one.
 *
 * @param {number} one_s
 * @param {number} other_s
 * @param {number} duration_s
 * @returns {Region | null}
 */
export function between(one_s, other_s, duration_s) {
  const from_s = Math.max(0, Math.min(one_s, other_s));
  const to_s = Math.min(duration_s, Math.max(one_s, other_s));
  return to_s - from_s >= SHORTEST_S ? { from_s, to_s } : null;
}

/**
 * The region with one end moved; the ends never cross.
 *
 * @param {Region} region
 * @param {"from_s" | "to_s"} end
 * @param {number} at_s
 * @param {number} duration_s
 * @returns {Region}
 */
export function moved(region, end, at_s, duration_s) {
  if (!Number.isFinite(at_s)) return region;
  if (end === "from_s") return { ...region, from_s: Math.min(Math.max(0, at_s), region.to_s - SHORTEST_S) };
  return { ...region, to_s: Math.max(Math.min(duration_s, at_s), region.from_s + SHORTEST_S) };
}

/**
 * Keeps playback inside a region: the sound jumps back when it passes the end. Timers are finer than `timeupdate`,
 * which comes only four times a second. The returned function ends it.
 *
 * @param {HTMLMediaElement} media
 * @param {() => Region | null} region
 */
export function keepInside(media, region) {
  let timer = 0;
  const check = () => {
    clearTimeout(timer);
    const now = region();
    if (!now || media.paused) return;
    const left_s = (now.to_s - media.currentTime) / media.playbackRate;
    if (left_s <= 0.004 || media.currentTime < now.from_s - 0.05) media.currentTime = now.from_s;
    timer = Number(setTimeout(check, Math.max(2, Math.min(200, left_s * 1000 - 3))));
  };
  const events = ["play", "timeupdate", "seeked", "ratechange"];
  for (const name of events) media.addEventListener(name, check);
  return () => {
    clearTimeout(timer);
    for (const name of events) media.removeEventListener(name, check);
  };
}
