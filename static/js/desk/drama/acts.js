/** @import { Part } from "./clips.js" */
/** @import { Clip } from "./project.js" */
/**
 * What the script lets the user do with a line.
 *
 * @typedef {object} ScriptActs
 * @property {(id: string) => void} choose
 * @property {(id: string) => void} hear from there on
 * @property {() => void} play or pause
 * @property {(id: string) => void} speak this line only
 * @property {(id: string) => void} edit
 * @property {(id: string) => void} scene of a line, to be edited
 * @property {(id: string) => void} accept who speaks it
 * @property {(id: string) => void} remove
 * @property {() => void} undo
 * @property {() => void} redo
 *
 * What the timeline lets the user do.
 *
 * @typedef {object} LaneActs
 * @property {(at_s: number) => void} seek
 * @property {(id: string) => void} choose a line
 * @property {(id: string) => void} take a clip in hand
 * @property {(clip: Clip, part: Part, by_s: number) => void} move
 * @property {(clip: Clip) => void} remove
 * @property {(clip: Clip) => void} hear
 * @property {(clip: Clip) => void} edit
 * @property {(clip: Clip) => string} title
 */
export {};
