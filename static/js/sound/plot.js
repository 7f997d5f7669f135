/**
 * A pointer on a picture whose width is the whole track asks the player to go there: the event `seek`, in seconds.
 *
 * @param {PointerEvent} event
 * @param {number} duration_s
 */
export function seekTo(event, duration_s) {
  const plot = /** @type {HTMLElement} */ (event.currentTarget);
  const { left, width } = plot.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
  plot.dispatchEvent(new CustomEvent("seek", { detail: share * duration_s, bubbles: true }));
}

/** Puts the playhead where the sound is; the style sheet cannot know. @param {Element} root @param {number} share 0..1 */
export function showPlayed(root, share) {
  const plot = /** @type {HTMLElement | null} */ (root.querySelector(".plot"));
  plot?.style.setProperty("--played", `${100 * share}%`);
}
