import { anchored, moment } from "./anchors.js";

/** @import { SetClip } from "./edits.js" */
/** @import { Clip, Lane, Project } from "./project.js" */
/** @typedef {"whole" | "start" | "end"} Part what of a clip is moved */

const SHORTEST_S = 0.1;
/** How long a clip counts whose end nobody knows, seconds. */
const UNKNOWN_S = 3;

/** When a clip is heard; null while nobody knows. @param {Project} project @param {Clip} clip */
export function timesOf(project, clip) {
  const start_s = clip.start_s ?? moment(project, clip.start);
  if (start_s === null) return null;
  const end_s = clip.end_s ?? (clip.end && moment(project, clip.end)) ?? start_s + UNKNOWN_S;
  return { start_s, end_s: Math.max(start_s + SHORTEST_S, end_s) };
}

/**
 * The edit that moves a clip, or one of its ends; its anchors are those of the nearest words then. A clip that lasts as
 * long as its sound has no start to be moved alone.
 *
 * @param {Project} project
 * @param {Clip} clip
 * @param {Part} part
 * @param {number} by_s
 * @returns {SetClip | null} null where nothing comes of it
 */
export function moved(project, clip, part, by_s) {
  const times = timesOf(project, clip);
  if (!times || !by_s) return null;
  const most_s = project.duration_s ?? Infinity;
  const starts = part === "start" && !clip.end ? "whole" : part;
  const set = /** @type {Partial<Clip>} */ ({});
  if (starts !== "end") {
    const latest_s = starts === "start" ? times.end_s - SHORTEST_S : most_s;
    const start = anchored(project, Math.min(latest_s, Math.max(0, times.start_s + by_s)));
    if (!start) return null;
    set.start = start;
  }
  if (starts === "end" || (starts === "whole" && clip.end)) {
    const end = anchored(project, Math.min(most_s, Math.max(times.start_s + SHORTEST_S, times.end_s + by_s)));
    if (!end) return null;
    set.end = end;
  }
  return { do: "clip", clip: clip.id, set };
}

/** What begins where a new clip is put. @param {Project} project @param {{ id: string, lane: Lane, sound: string, prompt: string, loops: boolean, at_s: number }} wanted @returns {Clip | null} */
export function newClip(project, { id, lane, sound, prompt, loops, at_s }) {
  const start = anchored(project, at_s);
  const last = project.lines.at(-1);
  if (!start || !last) return null;
  const scene_end = loops ? sceneEnd(project, start.line) : null;
  return {
    ...{ id, lane, sound, prompt, start, gain_db: 0, pan: 0, fade_in_s: null, fade_out_s: null, seed: 0, parameters: {} },
    end: scene_end === null ? null : { line: scene_end, at: null, edge: "end", offset_s: 0 },
    ...{ confidence: 1, words: "", start_s: null, end_s: null },
  };
}

/** The last line of the scene that a line belongs to. @param {Project} project @param {string} id */
function sceneEnd({ lines, scenes }, id) {
  const begins = new Set(scenes.map(({ line }) => line));
  const from = lines.findIndex((line) => line.id === id);
  const next = lines.findIndex((line, at) => at > from && begins.has(line.id));
  return lines.at(next < 0 ? -1 : next - 1)?.id ?? null;
}

/** The clips of which some is in view, by when they begin. @param {Project} project @param {number} from_s @param {number} to_s */
export function clipsIn(project, from_s, to_s) {
  return project.clips
    .flatMap((clip) => {
      const times = timesOf(project, clip);
      return times && times.end_s >= from_s && times.start_s <= to_s ? [{ clip, ...times }] : [];
    })
    .sort((one, other) => one.start_s - other.start_s);
}
