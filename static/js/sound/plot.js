/** @import { Timeline } from "./timeline.js" */

/**
 * A pointer on a picture of the view asks the player to go there: the event `seek`, in seconds.
 *
 * @param {MouseEvent} event
 * @param {Timeline} timeline
 */
export function seekTo(event, timeline) {
  const plot = /** @type {HTMLElement} */ (event.currentTarget);
  const { left, width } = plot.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
  plot.dispatchEvent(new CustomEvent("seek", { detail: timeline.moment(share), bubbles: true }));
}

/** Puts the playhead where the sound is; the style sheet cannot know. @param {Element} root @param {number} share of the view */
export function showPlayed(root, share) {
  const plot = /** @type {HTMLElement | null} */ (root.querySelector(".plot"));
  plot?.style.setProperty("--played", `${100 * share}%`);
}
