import { Heights } from "./heights.js";
import { guess, rowsOf } from "./rows.js";

/** @import { Line, Project } from "./project.js" */
/** @import { Row } from "./rows.js" */

/** Drawn beyond what is in sight, px on either side. */
const SPARE_PX = 300;
/** Beside the text of a line. */
const EDGES_PX = 40;

/** The rows of a script on top of each other; how high one is, is guessed until it has been drawn. */
export class Stack {
  /** @type {readonly Row[]} */
  rows = [];
  /** @type {Map<string, number>} row id -> place */
  places = new Map();
  heights = new Heights([]);
  width_px = 0;
  /** Heights of rows that were drawn. @type {Map<string, number>} */
  #measured = new Map();
  /** @type {WeakMap<Line, number>} */
  #guesses = new WeakMap();

  /** @param {Project | undefined} project */
  take(project) {
    this.rows = project ? rowsOf(project) : [];
    this.places = new Map(this.rows.map(({ id }, at) => [id, at]));
    this.heights = new Heights(this.rows.map((row) => this.#measured.get(row.id) ?? this.#guessed(row)));
  }

  /** What was measured no longer holds. @param {number} width_px */
  widen(width_px) {
    this.width_px = width_px;
    this.#measured.clear();
    this.#guesses = new WeakMap();
  }

  /** About how high a row will be; a line that is as it was is not looked at again. @param {Row} row */
  #guessed(row) {
    const known = row.line && this.#guesses.get(row.line);
    if (known) return known;
    const height = guess(row, this.width_px - EDGES_PX);
    if (row.line) this.#guesses.set(row.line, height);
    return height;
  }

  /** A row was drawn. @param {string} id @param {number} height px */
  learn(id, height) {
    const place = this.places.get(id);
    if (place === undefined) return;
    this.#measured.set(id, height);
    this.heights.set(place, height);
  }

  /** The rows to be drawn: the first, and the one after the last. @param {{ scrollTop: number, clientHeight: number }} view @param {number} spare_px */
  inSight({ scrollTop, clientHeight }, spare_px = SPARE_PX) {
    const { heights } = this;
    const last = Math.min(heights.count, heights.at(scrollTop + clientHeight + spare_px) + 1);
    return { first: heights.at(Math.max(0, scrollTop - spare_px)), last };
  }
}
