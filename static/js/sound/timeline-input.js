import { heed } from "../core/keys.js";
import { ZOOM_STEP } from "./timeline.js";

/** @import { Timeline } from "./timeline.js" */

/** How much a turn of the wheel zooms: a notch of 100 doubles, about. */
const WHEEL = 0.007;
/** A finger that moved less than this has tapped. */
const TAP_PX = 8;
/** How far a key scrolls, of the view. */
const PAGE = 0.5;

/** @typedef {{ x: number, start_x: number, moved: boolean }} Finger */

/**
 * Wheel, fingers and keys for all pictures of a track at once: those marked `data-time`, whose width is the timeline's
 * view. Ctrl (or a pinch on a touchpad) and the wheel zoom, the wheel sideways or with Shift scrolls; two fingers zoom,
 * one scrolls what is zoomed; plus, minus and 0 zoom, comma and full stop scroll. Returns what ends it.
 *
 * @param {HTMLElement} root
 * @param {Timeline} timeline
 */
export function moveTimeline(root, timeline) {
  const ends = new AbortController();
  const { signal } = ends;
  /** @type {Map<number, Finger>} */
  const fingers = new Map();
  /** The finger that was lifted last had moved. */
  let dragged = false;
  /** @type {DOMRect | null} */
  let touched = null;

  const picture = (/** @type {Event} */ event) =>
    /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-time]"));

  root.addEventListener(
    "wheel",
    (event) => {
      const plot = picture(event);
      if (!plot) return;
      const { left, width } = plot.getBoundingClientRect();
      const zooms = event.ctrlKey || event.metaKey;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (zooms) timeline.zoom(Math.exp(-event.deltaY * WHEEL), timeline.moment((event.clientX - left) / width));
      else if (!timeline.fits && Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY))) {
        timeline.scroll((sideways / width) * timeline.length_s);
      } else return;
      event.preventDefault();
    },
    { signal, passive: false },
  );

  root.addEventListener(
    "pointerdown",
    (event) => {
      const plot = event.pointerType === "touch" ? picture(event) : null;
      if (!plot) return;
      dragged = false;
      if (event.isPrimary) fingers.clear(); // no other is down, whatever became of those before
      touched = plot.getBoundingClientRect();
      fingers.set(event.pointerId, { x: event.clientX, start_x: event.clientX, moved: fingers.size > 0 });
      if (fingers.size > 1) for (const finger of fingers.values()) finger.moved = true;
    },
    { signal },
  );

  window.addEventListener(
    "pointermove",
    (event) => {
      const finger = fingers.get(event.pointerId);
      if (!finger || !touched) return;
      const { left, width } = touched;
      const before = [...fingers.values()].map(({ x }) => x);
      finger.x = event.clientX;
      if (Math.abs(finger.x - finger.start_x) > TAP_PX) finger.moved = true;
      const [one = 0, other = 0] = [...fingers.values()].map(({ x }) => x);
      const [one_before = 0, other_before = 0] = before;
      if (fingers.size === 1) {
        if (finger.moved) timeline.scroll(((one_before - one) / width) * timeline.length_s);
        return;
      }
      const middle = (one_before + other_before) / 2;
      const about_s = timeline.moment((middle - left) / width);
      const apart = Math.max(20, Math.abs(other - one)) / Math.max(20, Math.abs(other_before - one_before));
      timeline.zoom(apart, about_s);
      timeline.scroll(((middle - (one + other) / 2) / width) * timeline.length_s);
    },
    { signal },
  );

  const lifted = (/** @type {PointerEvent} */ event) => fingers.delete(event.pointerId);
  window.addEventListener(
    "pointerup",
    (event) => {
      dragged = fingers.get(event.pointerId)?.moved ?? false;
      lifted(event);
    },
    { signal },
  );
  window.addEventListener("pointercancel", lifted, { signal });
  root.addEventListener(
    "click", // a finger that zoomed or scrolled asks for no other moment
    (event) => {
      if (!dragged || !picture(event)) return;
      dragged = false;
      event.stopPropagation();
    },
    { signal, capture: true },
  );

  root.addEventListener(
    "keydown",
    (event) => {
      if (!picture(event)) return;
      heed("timeline", event, {
        closer: () => timeline.zoom(ZOOM_STEP),
        wider: () => timeline.zoom(1 / ZOOM_STEP),
        whole: () => timeline.fit(),
        back: () => timeline.scroll(-PAGE * timeline.length_s),
        on: () => timeline.scroll(PAGE * timeline.length_s),
      });
    },
    { signal },
  );
  return () => ends.abort();
}
