/**
 * The project of a drama as the server writes it (`engine/drama/project.py`), and what the desk reads out of it. All
 * places in texts are counted in code points. Nothing here is changed in place.
 *
 * @typedef {{ value: string, confidence: number, words: string }} Finding
 * @typedef {{ at: number, length: number, start_s: number, end_s: number }} Word times from the line's own start
 *
 * @typedef {object} Line
 * @property {string} id
 * @property {number} start
 * @property {number} end
 * @property {string} text
 * @property {"narration" | "dialogue" | "thought" | "heading"} kind
 * @property {string} speaker
 * @property {number} confidence
 * @property {string} rule
 * @property {string | null} language
 * @property {string} emotion
 * @property {number} emotion_confidence
 * @property {string | null} voice
 * @property {number} speed
 * @property {number} pitch_semitones
 * @property {number} gain_db
 * @property {number | null} pause_ms
 * @property {string} break_after
 * @property {string | null} effect
 * @property {number | null} start_s
 * @property {number | null} end_s
 * @property {Word[]} words
 * @property {string} spoken
 * @property {string[]} unspoken
 *
 * @typedef {{ line: string, at: number | null, edge: "start" | "end", offset_s: number }} Anchor
 * @typedef {{ start: number, end: number, reason: string }} Unspoken
 * @typedef {{ title: string, line: string }} Chapter
 * @typedef {{ kind: string, text: string, seconds: number | null, at: Anchor }} Cue
 *
 * @typedef {object} Scene
 * @property {string} id
 * @property {string} line
 * @property {string} title
 * @property {Finding | null} place
 * @property {Finding | null} weather
 * @property {Finding | null} time
 * @property {Finding | null} mood
 * @property {string} reverb
 *
 * @typedef {object} Character
 * @property {string} id
 * @property {string} name
 * @property {string[]} aliases
 * @property {string} gender
 * @property {string} age
 * @property {number} confidence
 * @property {string | null} voice
 * @property {number} speed
 * @property {number} pitch_semitones
 * @property {number} gain_db
 * @property {number} pan
 * @property {string} effect
 * @property {number | null} [hue]
 *
 * @typedef {"ambience" | "effects" | "music"} Lane
 *
 * @typedef {object} Clip
 * @property {string} id
 * @property {Lane} lane
 * @property {string} sound
 * @property {string} prompt
 * @property {Anchor} start
 * @property {Anchor | null} end
 * @property {number} gain_db
 * @property {number} pan
 * @property {number | null} fade_in_s
 * @property {number | null} fade_out_s
 * @property {number} seed
 * @property {Record<string, number>} parameters
 * @property {number} confidence
 * @property {string} words
 * @property {number | null} start_s
 * @property {number | null} end_s
 *
 * @typedef {{ dialogue_db: number, ambience_db: number, effects_db: number, music_db: number }} Levels
 *
 * @typedef {object} Project
 * @property {string} form
 * @property {number} version
 * @property {string} title
 * @property {string} author
 * @property {string} language
 * @property {string} source
 * @property {Line[]} lines
 * @property {Unspoken[]} unspoken
 * @property {Chapter[]} chapters
 * @property {Cue[]} cues
 * @property {Scene[]} scenes
 * @property {Character[]} characters
 * @property {Clip[]} clips
 * @property {Levels} levels
 * @property {Record<string, string>} pronunciations
 * @property {number | null} duration_s
 * @property {number} seed
 * @property {string[]} notes
 */

export const NARRATOR = "narrator";
export const EMOTIONS = /** @type {const} */ ([
  "neutral", "happy", "sad", "angry", "afraid", "surprised", "tender", "tense", "whispering", "shouting",
]);
export const EFFECTS = /** @type {const} */ (["none", "telephone", "radio", "thought", "loudspeaker", "distant"]);
export const GENDERS = /** @type {const} */ (["female", "male", "unknown"]);
export const AGES = /** @type {const} */ (["child", "young", "adult", "old", "unknown"]);
export const LANES = /** @type {const} */ (["ambience", "effects", "music"]);
/** Below this, who speaks a line is worth a look; `engine/drama/cast/doubtful.py` has it too. */
export const DOUBTFUL = 0.8;

/** @template {object} Part @template Made @param {(part: Part) => Made} make @returns {(part: Part) => Made} made once */
function once(make) {
  /** @type {WeakMap<Part, Made>} */
  const known = new WeakMap();
  return (part) => {
    const found = known.get(part) ?? make(part);
    known.set(part, found);
    return found;
  };
}

/** Id -> place. @type {(parts: readonly { id: string }[]) => ReadonlyMap<string, number>} */
const places = once((parts) => new Map(parts.map(({ id }, at) => [id, at])));

/** @param {readonly { id: string }[]} parts @param {string} id @returns {number} -1 where it is not there */
export const placeOf = (parts, id) => places(parts).get(id) ?? -1;

/** @template {{ id: string }} Part @param {readonly Part[]} parts @param {string} id @returns {Part | undefined} */
export const byId = (parts, id) => parts[placeOf(parts, id)];

/** With other values; the same object where none differs. @template {object} Part @param {Part} part @param {Partial<Part>} set @returns {Part} */
export const withValues = (part, set) =>
  Object.entries(set).every(([name, value]) => JSON.stringify(part[/** @type {keyof Part} */ (name)]) === JSON.stringify(value))
    ? part
    : { ...part, ...set };

/** How many code points. @param {string} text */
export const lengthOf = (text) => [...text].length;

/** Who speaks it is not sure. @param {Line} line */
export const isDoubtful = ({ speaker, kind, confidence, rule }) =>
  speaker === "" || ((kind === "dialogue" || kind === "thought") && (confidence < DOUBTFUL || rule === "unclaimed"));

/** Every word of Latin and Cyrillic, every sign of Chinese. */
const WORDS = /[\p{Script=Han}]|[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu;

/** @typedef {{ lines: number, words: number }} Share how much somebody says */
/** By the character's id. @type {(lines: readonly Line[]) => ReadonlyMap<string, Share>} */
export const shares = once((lines) => {
  /** @type {Map<string, Share>} */
  const found = new Map();
  for (const { speaker, text } of lines) {
    const share = found.get(speaker) ?? { lines: 0, words: 0 };
    share.lines += 1;
    share.words += text.match(WORDS)?.length ?? 0;
    found.set(speaker, share);
  }
  return found;
});

/** Steps that keep neighbours in a list apart on the colour wheel, degrees. */
const GOLDEN = 137.508;

/**
 * The colour of a character's lines, degrees; null for the narrator and for nobody.
 *
 * @param {readonly Character[]} characters
 * @param {string} id
 */
export function hueOf(characters, id) {
  const at = placeOf(characters, id);
  const own = characters[at]?.hue;
  if (typeof own === "number") return own;
  return at < 0 || id === NARRATOR ? null : Math.round((25 + at * GOLDEN) % 360);
}

/** @typedef {{ starts: Float64Array, lines: readonly Line[] }} Timed */
/** The lines that are heard, by when. @type {(lines: readonly Line[]) => Timed} */
export const timed = once((all) => {
  const lines = all.filter(({ start_s, end_s }) => start_s !== null && end_s !== null);
  lines.sort((one, other) => Number(one.start_s) - Number(other.start_s));
  return { lines, starts: Float64Array.from(lines, ({ start_s }) => Number(start_s)) };
});

/** How many of the ascending numbers are at most `value`. @param {Float64Array} numbers @param {number} value */
export function countUpTo(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (numbers[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A player that was sent to a moment may be this much before it, seconds. */
const HAIR_S = 0.02;
/** How long after its end a line still counts as the one that was heard, seconds. */
const LINGERS_S = 1;

/** The line that is heard at a moment. @param {Project} project @param {number} at_s @returns {Line | null} */
export function lineAt(project, at_s) {
  const { lines, starts } = timed(project.lines);
  const line = lines[countUpTo(starts, at_s + HAIR_S) - 1];
  return line && at_s < Number(line.end_s) + LINGERS_S ? line : null;
}
