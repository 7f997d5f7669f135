import { moment } from "./anchors.js";
import { addLine, deleteLine, joinLine, setLine, splitLine } from "./edit-lines.js";
import { byId, NARRATOR, withValues } from "./project.js";

/** @import { Character, Clip, Levels, Line, Project, Scene } from "./project.js" */

/**
 * A change of a project, as it is kept: plain data that gives the same each time it is done.
 *
 * @typedef {{ do: "line", line: string, set: Partial<Line> }} SetLine
 * @typedef {{ do: "split", line: string, at: number, id: string }} SplitLine
 * @typedef {{ do: "join", line: string }} JoinLine
 * @typedef {{ do: "add", after: string, id: string, text: string }} AddLine
 * @typedef {{ do: "delete", line: string }} DeleteLine
 * @typedef {{ do: "character", character: string, set: Partial<Character> }} SetCharacter
 * @typedef {{ do: "enter", id: string, name: string }} NewCharacter
 * @typedef {{ do: "merge", character: string, into: string }} MergeCharacters
 * @typedef {{ do: "clip", clip: string, set: Partial<Clip> }} SetClip
 * @typedef {{ do: "place", clip: Clip }} NewClip
 * @typedef {{ do: "remove", clip: string }} RemoveClip
 * @typedef {{ do: "scene", scene: string, set: Partial<Scene> }} SetScene
 * @typedef {{ do: "levels", set: Partial<Levels> }} SetLevels
 * @typedef {{ do: "read", word: string, as: string | null }} SetReading null takes it back
 * @typedef {SetLine | SplitLine | JoinLine | AddLine | DeleteLine | SetCharacter | NewCharacter | MergeCharacters |
 *   SetClip | NewClip | RemoveClip | SetScene | SetLevels | SetReading} Edit
 */

/** @template {{ id: string }} Part @param {Part[]} parts @param {string} id @param {Partial<Part>} set */
function withSet(parts, id, set) {
  const before = byId(parts, id);
  const after = before && withValues(before, set);
  return after === before ? parts : parts.map((part) => (part === before ? /** @type {Part} */ (after) : part));
}

/** @template {keyof Project} Name @param {Project} project @param {Name} name @param {Project[Name]} part @returns {Project} */
const withPart = (project, name, part) => (project[name] === part ? project : { ...project, [name]: part });

/** @param {Project} project @param {MergeCharacters} edit @returns {Project} */
function merge(project, { character: id, into }) {
  const gone = byId(project.characters, id);
  const stays = byId(project.characters, into);
  if (!gone || !stays || id === into || id === NARRATOR) return project;
  const aliases = [...new Set([...stays.aliases, gone.name, ...gone.aliases])].filter((name) => name !== stays.name);
  return {
    ...project,
    lines: project.lines.map((line) => (line.speaker === id ? { ...line, speaker: into } : line)),
    characters: project.characters
      .filter((one) => one !== gone)
      .map((one) => (one === stays ? { ...stays, aliases: aliases.slice(0, 50) } : one)),
  };
}

/** A clip whose times follow its anchors. @param {Project} project @param {Clip} clip @param {number} length_s where it has no end of its own @returns {Clip} */
function timedClip(project, clip, length_s) {
  const start_s = moment(project, clip.start);
  if (start_s === null) return clip;
  const end_s = (clip.end && moment(project, clip.end)) ?? start_s + length_s;
  return { ...clip, start_s, end_s: Math.max(start_s, end_s) };
}

/** @param {Project} project @param {SetClip} edit @returns {Project} */
function setClip(project, { clip: id, set }) {
  const clip = byId(project.clips, id);
  if (!clip) return project;
  const length_s = Number(clip.end_s) - Number(clip.start_s);
  const changed = withValues(clip, set);
  if (changed === clip) return project;
  const now = "start" in set || "end" in set ? timedClip(project, changed, length_s) : changed;
  return { ...project, clips: project.clips.map((one) => (one === clip ? now : one)) };
}

/** How long a new clip is drawn whose sound nobody has measured yet, seconds. */
const NEW_CLIP_S = 3;

/** @param {Project} project @param {NewClip} edit @returns {Project} */
const placeClip = (project, { clip }) =>
  byId(project.clips, clip.id) || !byId(project.lines, clip.start.line)
    ? project
    : { ...project, clips: [...project.clips, timedClip(project, clip, NEW_CLIP_S)] };

/** @param {Project} project @param {NewCharacter} edit @returns {Project} */
function enter(project, { id, name }) {
  if (byId(project.characters, id)) return project;
  /** @type {Character} */
  const made = {
    ...{ id, name, aliases: [], gender: "unknown", age: "unknown", confidence: 1, voice: null, effect: "none" },
    ...{ speed: 1, pitch_semitones: 0, gain_db: 0, pan: 0 },
  };
  return { ...project, characters: [...project.characters, made] };
}

/** @param {Project} project @param {SetReading} edit @returns {Project} */
function read(project, { word, as }) {
  const { [word]: before, ...others } = project.pronunciations;
  if ((before ?? null) === as) return project;
  return { ...project, pronunciations: as === null ? others : { ...others, [word]: as } };
}

/** @type {{ [Do in Edit["do"]]: (project: Project, edit: Extract<Edit, { do: Do }>) => Project }} */
const DOES = {
  line: setLine,
  split: splitLine,
  join: joinLine,
  add: addLine,
  delete: deleteLine,
  character: (project, { character, set }) => withPart(project, "characters", withSet(project.characters, character, set)),
  enter,
  merge,
  clip: setClip,
  place: placeClip,
  remove: (project, { clip }) => (byId(project.clips, clip) ? { ...project, clips: project.clips.filter(({ id }) => id !== clip) } : project),
  scene: (project, { scene, set }) => withPart(project, "scenes", withSet(project.scenes, scene, set)),
  levels: (project, { set }) => withPart(project, "levels", withValues(project.levels, set)),
  read,
};

/**
 * The project after a change. What it names and is not there, changes nothing.
 *
 * @param {Project} project
 * @param {Edit} edit
 * @returns {Project}
 */
export function applied(project, edit) {
  const act = /** @type {((project: Project, edit: Edit) => Project) | undefined} */ (DOES[edit.do]);
  return act ? act(project, edit) : project;
}

/** What an edit is about; moves of one slider are about the same. @param {Edit} edit */
function target(edit) {
  if (edit.do === "read") return `read ${edit.word}`;
  if (!("set" in edit)) return "";
  const { set, ...rest } = edit;
  return JSON.stringify([rest, Object.keys(set).sort()]);
}

/** Two changes of the same thing after each other as one; null where they are two. @param {Edit | undefined} before @param {Edit} edit @returns {Edit | null} */
export function asOne(before, edit) {
  const about = target(edit);
  return before && about && about === target(before) ? edit : null;
}
