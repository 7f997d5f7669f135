import { byId, countUpTo, lengthOf, timed } from "./project.js";

/** @import { Anchor, Line, Project } from "./project.js" */

/** How far from its word or line a moment may lie, seconds. */
const FARTHEST_S = 60;

/** @param {number} seconds */
const tidy = (seconds) => Math.round(Math.min(FARTHEST_S, Math.max(-FARTHEST_S, seconds)) * 1000) / 1000;

/** Where in its line an anchor lies, 0..1, where nobody knows the times of the words. @param {Line} line @param {number} at */
const share = ({ text }, at) => at / Math.max(1, lengthOf(text));

/**
 * When an anchor is, seconds; null while its line was never heard.
 *
 * @param {Project} project
 * @param {Anchor} anchor
 * @returns {number | null}
 */
export function moment(project, { line: id, at, edge, offset_s }) {
  const line = byId(project.lines, id);
  if (!line || line.start_s === null || line.end_s === null) return null;
  if (at === null) return Math.max(0, (edge === "start" ? line.start_s : line.end_s) + offset_s);
  const word = line.words.findLast((one) => one.at <= at);
  const from_s = word
    ? edge === "start" ? word.start_s : word.end_s
    : share(line, at) * (line.end_s - line.start_s);
  return Math.max(0, line.start_s + from_s + offset_s);
}

/**
 * The anchor of a moment: the nearest word, or the nearest edge of a line between lines. Null in a project without
 * any line that was heard.
 *
 * @param {Project} project
 * @param {number} at_s
 * @returns {Anchor | null}
 */
export function anchored(project, at_s) {
  const { lines, starts } = timed(project.lines);
  const count = countUpTo(starts, at_s);
  const before = lines[count - 1];
  const after = lines[count];
  const from = (/** @type {Line} */ line, /** @type {"start" | "end"} */ edge) => {
    const offset_s = at_s - Number(edge === "start" ? line.start_s : line.end_s);
    return /** @type {Anchor} */ ({ line: line.id, at: null, edge, offset_s: tidy(offset_s) });
  };
  if (before && at_s < Number(before.end_s)) return atWord(before, at_s) ?? from(before, "start");
  if (!before) return after ? from(after, "start") : null;
  const near = after && Number(after.start_s) - at_s < at_s - Number(before.end_s);
  return near ? from(after, "start") : from(before, "end");
}

/** @param {Line} line @param {number} at_s @returns {Anchor | null} */
function atWord({ id, words, start_s }, at_s) {
  const within_s = at_s - Number(start_s);
  const [first, ...rest] = words;
  if (!first) return null;
  const nearest = rest.reduce(
    (best, word) => (Math.abs(word.start_s - within_s) < Math.abs(best.start_s - within_s) ? word : best),
    first,
  );
  return { line: id, at: nearest.at, edge: "start", offset_s: tidy(within_s - nearest.start_s) };
}

/**
 * Where a place in a text is after the text was changed: what stands around the change keeps its place.
 *
 * @param {number} at
 * @param {string} before
 * @param {string} after
 */
export function kept(at, before, after) {
  const old = [...before];
  const now = [...after];
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  if (at < head) return at;
  if (at >= old.length - tail) return at + now.length - old.length;
  return Math.min(head, Math.max(0, now.length - 1));
}

/**
 * The project with every anchor changed that `change` gives another for.
 *
 * @param {Project} project
 * @param {(anchor: Anchor) => Anchor} change the same object where nothing changes
 * @returns {Pick<Project, "clips" | "cues">}
 */
export function reanchored({ clips, cues }, change) {
  return {
    clips: clips.map((clip) => {
      const start = change(clip.start);
      const end = clip.end && change(clip.end);
      return start === clip.start && end === clip.end ? clip : { ...clip, start, end };
    }),
    cues: cues.map((cue) => {
      const at = change(cue.at);
      return at === cue.at ? cue : { ...cue, at };
    }),
  };
}
