import { kept, reanchored } from "./anchors.js";
import { byId, lengthOf, placeOf, withValues } from "./project.js";

/** @import { Anchor, Line, Project, Word } from "./project.js" */

/** @template Part @param {readonly Part[]} parts @param {number} at @param {number} count @param {...Part} come */
const spliced = (parts, at, count, ...come) => [...parts.slice(0, at), ...come, ...parts.slice(at + count)];

/** What was heard of a line no longer holds. */
const UNHEARD = { words: [], spoken: "", unspoken: [] };

/** @param {Project} project @param {{ line: string, set: Partial<Line> }} edit @returns {Project} */
export function setLine(project, { line: id, set }) {
  const at = placeOf(project.lines, id);
  const line = project.lines[at];
  if (!line) return project;
  const changed = withValues(line, {
    ...set,
    ...("speaker" in set ? { confidence: 1, rule: "user" } : {}),
    ...("emotion" in set ? { emotion_confidence: 1 } : {}),
    ...(set.text !== undefined && set.text !== line.text ? UNHEARD : {}),
  });
  if (changed === line) return project;
  const lines = spliced(project.lines, at, 1, changed);
  if (changed.text === line.text) return { ...project, lines };
  const moved = (/** @type {Anchor} */ anchor) =>
    anchor.line === id && anchor.at !== null ? { ...anchor, at: kept(anchor.at, line.text, changed.text) } : anchor;
  return { ...project, lines, ...reanchored(project, moved) };
}

/** The words from a place on, as those of a line of their own. @param {readonly Word[]} words @param {number} at @param {number} from_s */
const rest = (words, at, from_s) =>
  words
    .filter((word) => word.at >= at)
    .map((word) => ({ ...word, at: word.at - at, start_s: word.start_s - from_s, end_s: word.end_s - from_s }));

/**
 * Two lines of one. Nothing happens where one of them would be empty.
 *
 * @param {Project} project
 * @param {{ line: string, at: number, id: string }} edit `at` is the place of the cut, `id` that of the second line
 * @returns {Project}
 */
export function splitLine(project, { line: id, at, id: made }) {
  const place = placeOf(project.lines, id);
  const line = project.lines[place];
  if (!line || byId(project.lines, made)) return project;
  const points = [...line.text];
  const head = points.slice(0, at).join("").trimEnd();
  const tail = points.slice(at).join("").trimStart();
  if (!head || !tail) return project;
  const second_at = points.length - lengthOf(tail);
  const middle = line.start + Math.round(((line.end - line.start) * second_at) / points.length);
  const whole_s = Number(line.end_s) - Number(line.start_s);
  const cut_s = line.words.find((word) => word.at >= second_at)?.start_s ?? (whole_s * second_at) / points.length;
  const cut_at_s = line.start_s === null ? null : line.start_s + cut_s;
  const first = {
    ...line, text: head, end: middle, end_s: cut_at_s, words: line.words.filter((word) => word.at < second_at),
    ...{ spoken: "", unspoken: [], break_after: "sentence", pause_ms: null },
  };
  const second = {
    ...line, id: made, text: tail, start: middle, start_s: cut_at_s, words: rest(line.words, second_at, cut_s),
    ...{ spoken: "", unspoken: [] },
  };
  const moved = (/** @type {Anchor} */ anchor) => {
    if (anchor.line !== id) return anchor;
    if (anchor.at === null) return anchor.edge === "end" ? { ...anchor, line: made } : anchor;
    return anchor.at < second_at ? anchor : { ...anchor, line: made, at: anchor.at - second_at };
  };
  return { ...project, lines: spliced(project.lines, place, 1, first, second), ...reanchored(project, moved) };
}

/** Of a line: see `engine/drama/project.py`. */
const MOST_LETTERS = 5000;

/** Whether a line and the next can be one: no chapter and no scene begins between them, and it is not too long. @param {Project} project @param {string} id */
export function joins({ lines, chapters, scenes }, id) {
  const next = lines[placeOf(lines, id) + 1];
  const line = byId(lines, id);
  if (!next || !line || lengthOf(line.text) + lengthOf(next.text) >= MOST_LETTERS) return false;
  return ![...chapters, ...scenes].some(({ line }) => line === next.id);
}

/** A line and the next as one. @param {Project} project @param {{ line: string }} edit @returns {Project} */
export function joinLine(project, { line: id }) {
  if (!joins(project, id)) return project;
  const place = placeOf(project.lines, id);
  const [line, next] = /** @type {[Line, Line]} */ (project.lines.slice(place, place + 2));
  const gap = (line.language ?? project.language) === "zh" ? "" : " ";
  const second_at = lengthOf(line.text) + gap.length;
  const later_s = Number(next.start_s) - Number(line.start_s);
  const heard = line.start_s !== null && next.start_s !== null;
  const joined = {
    ...line,
    text: `${line.text}${gap}${next.text}`,
    end: Math.max(line.end, next.end),
    end_s: next.end_s ?? line.end_s,
    words: heard
      ? [
          ...line.words,
          ...next.words.map((w) => ({ ...w, at: w.at + second_at, start_s: w.start_s + later_s, end_s: w.end_s + later_s })),
        ]
      : [],
    ...{ spoken: "", unspoken: [], break_after: next.break_after, pause_ms: next.pause_ms },
  };
  const last_at = [...line.text.matchAll(/\S+/gu)].at(-1)?.index ?? 0;
  const moved = (/** @type {Anchor} */ anchor) => {
    if (anchor.line === id && anchor.at === null && anchor.edge === "end") {
      return { ...anchor, at: lengthOf(line.text.slice(0, last_at)) };
    }
    if (anchor.line !== next.id) return anchor;
    if (anchor.at !== null) return { ...anchor, line: id, at: anchor.at + second_at };
    return { ...anchor, line: id, at: anchor.edge === "start" ? second_at : null };
  };
  const lines = spliced(project.lines, place, 2, joined);
  const between = ({ start = 0, end = 0 }) => start >= line.end && end <= next.start;
  const unspoken = line.end < next.start ? project.unspoken.filter((part) => !between(part)) : project.unspoken;
  return { ...project, lines, unspoken, ...reanchored(project, moved) };
}

/** A line that the source has not. @param {Project} project @param {{ after: string, id: string, text: string }} edit @returns {Project} */
export function addLine(project, { after, id, text }) {
  const place = placeOf(project.lines, after);
  const line = project.lines[place];
  if (!line || byId(project.lines, id)) return project;
  const { speaker, kind, language, end, break_after } = line;
  const made = {
    ...{ id, start: end, end, text, kind: kind === "heading" ? "narration" : kind, speaker, language, break_after },
    ...{ confidence: 1, rule: "user", emotion: "neutral", emotion_confidence: 0, voice: null, effect: null },
    ...{ speed: 1, pitch_semitones: 0, gain_db: 0, pause_ms: null, start_s: null, end_s: null, ...UNHEARD },
  };
  return { ...project, lines: spliced(project.lines, place + 1, 0, /** @type {Line} */ (made)) };
}

/**
 * Takes a line out: its words stay in the source, told as cut; what hung on it hangs on its neighbour. The last line
 * stays.
 *
 * @param {Project} project
 * @param {{ line: string }} edit
 * @returns {Project}
 */
export function deleteLine(project, { line: id }) {
  const place = placeOf(project.lines, id);
  const line = project.lines[place];
  const next = project.lines[place + 1];
  const heir = next ?? project.lines[place - 1];
  if (!line || !heir) return project;
  const moved = (/** @type {Anchor} */ anchor) =>
    anchor.line === id
      ? { ...anchor, line: heir.id, at: null, edge: next ? /** @type {const} */ ("start") : /** @type {const} */ ("end") }
      : anchor;
  /** @template {{ line: string }} Part @param {Part[]} parts @returns {Part[]} */
  const inherited = (parts) => {
    if (!parts.some((part) => part.line === id)) return parts;
    const taken = !next || parts.some((part) => part.line === next.id);
    return parts.flatMap((part) => (part.line !== id ? [part] : taken ? [] : [{ ...part, line: next.id }]));
  };
  const cut = { start: line.start, end: line.end, reason: "cut" };
  return {
    ...project,
    lines: spliced(project.lines, place, 1),
    unspoken: line.start < line.end ? [...project.unspoken, cut].sort((a, b) => a.start - b.start) : project.unspoken,
    chapters: inherited(project.chapters),
    scenes: inherited(project.scenes),
    ...reanchored(project, moved),
  };
}
