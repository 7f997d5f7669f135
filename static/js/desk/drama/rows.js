/** @import { Line, Project, Scene } from "./project.js" */

/**
 * What stands in the script from top to bottom.
 *
 * @typedef {{ id: string, kind: "chapter", title: string, line: null }
 *   | { id: string, kind: "scene", scene: Scene, chapter: string, line: null }
 *   | { id: string, kind: "line", line: Line, number: number }} Row `number` counts lines from 0, `chapter` begins there too
 */

/** @param {Pick<Project, "lines" | "chapters" | "scenes">} project @returns {Row[]} */
export function rowsOf({ lines, chapters, scenes }) {
  const chapterAt = new Map(chapters.map(({ line, title }) => [line, title]));
  const sceneAt = new Map(scenes.map((scene) => [scene.line, scene]));
  /** @type {Row[]} */
  const rows = [];
  for (const [number, line] of lines.entries()) {
    const chapter = chapterAt.get(line.id);
    const scene = sceneAt.get(line.id);
    if (chapter !== undefined) rows.push({ id: `chapter:${line.id}`, kind: "chapter", title: chapter, line: null });
    if (scene) rows.push({ id: `scene:${scene.id}`, kind: "scene", scene, chapter: chapter ?? "", line: null });
    rows.push({ id: line.id, kind: "line", line, number });
  }
  return rows;
}

const LINE_PX = 22;
const CHARACTER_PX = 7.6;
const WIDE_PX = 15;
/** Who speaks, and what is around. */
const FRAME_PX = 42;
const HEADS = { chapter: 52, scene: 40 };
const WIDE = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60]/g;

/** About how high a row will be, px. @param {Row} row @param {number} width_px */
export function guess(row, width_px) {
  if (row.kind !== "line") return HEADS[row.kind];
  const { text } = row.line;
  const wide = text.match(WIDE)?.length ?? 0;
  const length_px = (text.length - wide) * CHARACTER_PX + wide * WIDE_PX;
  return FRAME_PX + LINE_PX * Math.max(1, Math.ceil(length_px / Math.max(120, width_px)));
}
