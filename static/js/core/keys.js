/**
 * Every key of the page: the place where it works -> what it does -> the keys that do it. Handlers ask this table, and
 * the dialog of all keys shows it; what is not here does nothing.
 */
export const KEYS = /** @type {const} */ ({
  page: { play: [" "], next: ["ArrowRight"], previous: ["ArrowLeft"], prompt: ["/"], keys: ["?"] },
  prompt: { send: ["Enter"], line: ["Shift+Enter"], earlier: ["ArrowUp"], later: ["ArrowDown"], back: ["Escape"] },
  palette: { next: ["ArrowDown"], previous: ["ArrowUp"], take: ["Tab"], enter: ["Enter"], close: ["Escape"] },
  result: { next: ["ArrowDown", "ArrowRight"], previous: ["ArrowUp", "ArrowLeft"] },
  player: {
    play: [" ", "Enter"],
    back: ["ArrowLeft", "ArrowDown"],
    on: ["ArrowRight", "ArrowUp"],
    start: ["Home"],
    end: ["End"],
    from: ["a"],
    to: ["b"],
  },
  timeline: { closer: ["+", "="], wider: ["-"], whole: ["0"], back: [","], on: ["."] },
  lane: { next: ["ArrowRight", "ArrowDown"], previous: ["ArrowLeft", "ArrowUp"], first: ["Home"], last: ["End"] },
  script: {
    next: ["ArrowDown"],
    previous: ["ArrowUp"],
    page_on: ["PageDown"],
    page_back: ["PageUp"],
    first: ["Home"],
    last: ["End"],
    play: [" "],
    hear: ["ArrowRight"],
    speak: ["h"],
    edit: ["Enter"],
    scene: ["s"],
    doubtful: ["d"],
    accept: ["y"],
    remove: ["Delete"],
    undo: ["u"],
    redo: ["r"],
  },
  clip: {
    later: ["ArrowRight", "Shift+ArrowRight"],
    earlier: ["ArrowLeft", "Shift+ArrowLeft"],
    next: ["ArrowDown"],
    previous: ["ArrowUp"],
    first: ["Home"],
    last: ["End"],
    hear: ["h"],
    edit: ["Enter"],
    remove: ["Delete"],
  },
  compare: { choose: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], next: ["x"] },
  band: {
    up: ["ArrowUp", "Shift+ArrowUp"],
    down: ["ArrowDown", "Shift+ArrowDown"],
    higher: ["ArrowRight", "Shift+ArrowRight"],
    lower: ["ArrowLeft", "Shift+ArrowLeft"],
    narrower: ["PageUp"],
    wider: ["PageDown"],
    remove: ["Delete"],
  },
  border: {
    right: ["ArrowRight", "Shift+ArrowRight"],
    left: ["ArrowLeft", "Shift+ArrowLeft"],
    narrowest: ["Home"],
    widest: ["End"],
    reset: ["Enter"],
  },
  library: {
    next: ["ArrowDown"],
    previous: ["ArrowUp"],
    page_on: ["PageDown"],
    page_back: ["PageUp"],
    first: ["Home"],
    last: ["End"],
  },
});

/** @typedef {keyof typeof KEYS} Place */

/**
 * What a key does in a place; undefined for none. Keys with modifiers are left to the browser, and so are those that
 * write a word with an input method.
 *
 * @template {Place} P
 * @param {P} place
 * @param {KeyboardEvent} event
 * @returns {keyof typeof KEYS[P] | undefined}
 */
export function pressed(place, event) {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const letter = event.key.length === 1;
  const key = letter ? event.key.toLowerCase() : `${event.shiftKey ? "Shift+" : ""}${event.key}`;
  const found = Object.entries(KEYS[place]).find(([, keys]) => keys.includes(key));
  return /** @type {keyof typeof KEYS[P] | undefined} */ (found?.[0]);
}

/**
 * Does what a key does in a place.
 *
 * @template {Place} P
 * @param {P} place
 * @param {KeyboardEvent} event
 * @param {{ [Act in keyof typeof KEYS[P]]: () => void }} acts
 */
export function heed(place, event, acts) {
  const act = pressed(place, event);
  if (act === undefined) return;
  event.preventDefault();
  acts[act]();
}
