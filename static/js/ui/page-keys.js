import { pressed } from "../core/keys.js";

/** @import { App } from "../store/app.js" */

const FIELDS = "input, textarea, select, [contenteditable], [role=slider], [role=separator], [role=option], dialog";
/** What a key does to these belongs to the browser, where the keyboard brought the user there. */
const PRESSED = "button, a, summary, label, [tabindex]";

/**
 * The keys that work wherever no field has the focus, and no dialog is open. The returned function ends it.
 *
 * @param {App} app
 * @param {{ prompt: () => void, keys: () => void }} acts
 */
export function pageKeys(app, acts) {
  let heeded = false;
  /** The pointer brought the focus where it is: `:focus-visible` no longer knows that once a key is down. */
  let pointed = false;
  let pressing = false;
  const point = () => (pointed = pressing = true);
  const release = () => (pressing = false);
  const focus = () => (pointed = pressing);
  /** @param {KeyboardEvent} event */
  const down = (event) => {
    heeded = false;
    const target = /** @type {Element} */ (event.target);
    const act = pressed("page", event);
    if (!act || event.defaultPrevented || target.closest(FIELDS) || document.querySelector("dialog[open]")) return;
    const { playback } = app;
    if (act === "play" && (!playback.current || (!pointed && target.closest(PRESSED)))) return;
    if ((act === "next" || act === "previous") && !playback.current) return;
    event.preventDefault();
    heeded = true;
    if (act === "play") playback.toggle();
    else if (act === "next") void playback.audition(1);
    else if (act === "previous") void playback.audition(-1);
    else acts[act]();
  };
  /** A button that was clicked before would be pressed by the key that comes up. @param {KeyboardEvent} event */
  const up = (event) => {
    if (heeded && event.key === " ") event.preventDefault();
  };
  const ended = new AbortController();
  const { signal } = ended;
  document.addEventListener("pointerdown", point, { capture: true, signal });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, release, { capture: true, signal });
  document.addEventListener("focusin", focus, { signal });
  document.addEventListener("keydown", down, { signal });
  document.addEventListener("keyup", up, { signal });
  return () => ended.abort();
}
