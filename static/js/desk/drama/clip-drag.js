/** @import { Timeline } from "../../sound/timeline.js" */
/** @import { Part } from "./clips.js" */
/** @import { Clip } from "./project.js" */
/** @typedef {{ clip: Clip, part: Part, from_x: number, by_s: number, moved: boolean }} Drag a clip, or an end of it, under a pointer */

/** The ends of a clip are so wide, px; of clips that are wide enough. */
const GRIP_PX = 9;
const TAP_PX = 3;

/** A pointer takes hold of a clip. @param {PointerEvent} event on its bar @param {Clip} clip @returns {Drag} */
export function grasped(event, clip) {
  const bar = /** @type {HTMLElement} */ (event.currentTarget);
  const { left, width } = bar.getBoundingClientRect();
  const x = event.clientX - left;
  const grips = width > 4 * GRIP_PX;
  const part = grips && x > width - GRIP_PX ? "end" : grips && clip.end && x < GRIP_PX ? "start" : "whole";
  bar.setPointerCapture(event.pointerId);
  return { clip, part, from_x: event.clientX, by_s: 0, moved: false };
}

/** The pointer went on. @param {Drag} drag @param {PointerEvent} event @param {number} width_px of the view @param {Timeline} timeline @returns {Drag} */
export function pulled(drag, event, width_px, timeline) {
  const by_px = event.clientX - drag.from_x;
  return { ...drag, by_s: (by_px / width_px) * timeline.length_s, moved: drag.moved || Math.abs(by_px) > TAP_PX };
}
