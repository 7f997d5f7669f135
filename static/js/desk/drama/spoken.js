import { manner } from "./manner.js";
import { byId, NARRATOR } from "./project.js";

/** @import { Character, Line, Project } from "./project.js" */

/**
 * What an engine is asked to say (`engine/drama/voices/utterance.py`).
 *
 * @typedef {object} Utterance
 * @property {string} text
 * @property {string} language
 * @property {string} voice
 * @property {string} emotion
 * @property {number} speed
 * @property {number} pitch_semitones
 * @property {Record<string, string>} pronunciations
 */

/** @param {number} value @param {number} most @param {number} digits @param {number} [least] */
const within = (value, most, digits, least = -most) => Number(Math.min(most, Math.max(least, value)).toFixed(digits));

/**
 * How a line is to be said, as `engine/drama/utterances.py` asks for it: what was rendered is heard at once. Null
 * where nobody was cast for it, or nothing is to be said.
 *
 * @param {Project} project
 * @param {Line} line
 * @param {Character | undefined} [character]
 * @param {number} [pace] of the whole drama
 * @returns {Utterance | null}
 */
export function utterance(project, line, character = byId(project.characters, line.speaker || NARRATOR), pace = 1) {
  const voice = line.voice ?? character?.voice;
  const { text } = line;
  if (!voice || !/[\p{L}\p{N}]/u.test(text)) return null;
  const low = text.toLowerCase();
  const said = Object.entries(project.pronunciations).filter(([word]) => word && low.includes(word.toLowerCase()));
  const acted = manner(line);
  const { speed = 1, pitch_semitones = 0 } = character ?? {};
  return {
    text,
    language: line.language ?? project.language,
    voice,
    emotion: line.emotion,
    speed: within(pace * line.speed * speed * acted.speed, 2, 3, 0.5),
    pitch_semitones: within(line.pitch_semitones + pitch_semitones + acted.pitch_semitones, 8, 2),
    pronunciations: Object.fromEntries(said),
  };
}

/** @type {{ base: Project, project: Project, lines: ReadonlySet<string> } | null} */
let latest = null;

/**
 * The lines that sound otherwise than they did and must be spoken anew.
 *
 * @param {Project} base
 * @param {Project} project
 * @returns {ReadonlySet<string>} ids; the same set for the same projects
 */
export function spokenAnew(base, project) {
  if (latest?.base !== base || latest.project !== project) latest = { base, project, lines: new Set(otherwise(base, project)) };
  return latest.lines;
}

/** @param {Project} base @param {Project} project @returns {string[]} */
function otherwise(base, project) {
  if (base === project) return [];
  const same = base.pronunciations === project.pronunciations;
  return project.lines.filter((line) => {
    const before = byId(base.lines, line.id);
    if (!before) return line.text.trim() !== "";
    const one = byId(base.characters, before.speaker);
    const other = byId(project.characters, line.speaker);
    if (before === line && one === other && same) return false;
    return JSON.stringify(utterance(base, before, one)) !== JSON.stringify(utterance(project, line, other));
  }).map(({ id }) => id);
}

/** About what is said in ten seconds, code points. */
const SAMPLE = { narrow: 150, wide: 45 };
/**
 * What a character is heard with: their own words for about ten seconds; `samples` for who has nothing to say yet.
 *
 * @param {Project} project
 * @param {Character} character
 * @param {Record<string, string>} samples by language
 */
export function sample({ language, lines }, { id }, samples) {
  const most = language === "zh" ? SAMPLE.wide : SAMPLE.narrow;
  let text = "";
  for (const line of lines) {
    if (line.speaker !== id || line.kind === "heading" || (line.language ?? language) !== language) continue;
    if (text && text.length + line.text.length > most) break;
    text = `${text}${text && language !== "zh" ? " " : ""}${line.text}`;
    if (text.length >= most) break;
  }
  return (text || samples[language] || "").slice(0, 2 * most);
}
