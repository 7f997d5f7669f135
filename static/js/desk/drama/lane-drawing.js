import { colour } from "./labels.js";
import { countUpTo, LANES, timed } from "./project.js";

/** @import { Timeline } from "../../sound/timeline.js" */
/** @import { Clip, Project } from "./project.js" */

/** A lane's height, with the room for its name. */
export const LANE_PX = 44;
const BAR = { top: 17, height: 22 };
const THINNEST_PX = 0.6;

/**
 * Draws the lines that are in view, each in the colour of whoever speaks, and the clips where they are too many to be
 * taken hold of.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Project} project
 * @param {Timeline} timeline
 * @param {string} chosen id of a line
 * @param {readonly { clip: Clip, start_s: number, end_s: number }[]} clips
 */
export function drawLanes(canvas, project, timeline, chosen, clips) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const paper = canvas.getContext("2d");
  if (!paper || !width) return;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  paper.setTransform(scale, 0, 0, scale, 0, 0);
  const bar = (/** @type {number} */ from_s, /** @type {number} */ to_s, /** @type {number} */ lane) => {
    const left = width * timeline.share(from_s);
    const right = width * timeline.share(to_s);
    paper.fillRect(left, lane * LANE_PX + BAR.top, Math.max(THINNEST_PX, right - left - 0.5), BAR.height);
  };
  const { lines, starts } = timed(project.lines);
  /** @type {Map<string, string>} */
  const colours = new Map(project.characters.map(({ id }) => [id, colour(project, id)]));
  const none = colour(project, "");
  for (let at = firstIn(project, timeline.from_s); at < countUpTo(starts, timeline.to_s); at++) {
    const line = lines[at];
    if (!line) continue;
    paper.globalAlpha = line.id === chosen ? 1 : 0.72;
    paper.fillStyle = colours.get(line.speaker) ?? none;
    bar(Number(line.start_s), Number(line.end_s), 0);
  }
  paper.globalAlpha = 0.7;
  const style = getComputedStyle(canvas);
  for (const { clip, start_s, end_s } of clips) {
    paper.fillStyle = style.getPropertyValue(`--lane-${clip.lane}`);
    bar(start_s, end_s, 1 + LANES.indexOf(clip.lane));
  }
}

/** How far back a line that is still heard may have begun. */
const OVERLAPS = 8;

/** The first line that may be seen. @param {Project} project @param {number} from_s */
function firstIn(project, from_s) {
  const { starts } = timed(project.lines);
  return Math.max(0, countUpTo(starts, from_s) - 1 - OVERLAPS);
}
