import { i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { chordText } from "../core/terms.js";

/** @import { TrackRecord } from "../core/types.js" */
/** @import { Timeline } from "./timeline.js" */
/** @typedef {{ name: string, from_s: number, to_s: number }} Stretch a named part of a track */

/** @param {unknown} value @returns {Record<string, unknown>[]} */
const objects = (value) => (Array.isArray(value) ? value.filter(isObject) : []);

/** Each stretch ends where the next one begins. @param {{ name: string, from_s: number }[]} begun @param {number} end_s @returns {Stretch[]} */
const stretches = (begun, end_s) =>
  begun
    .map(({ name, from_s }, at) => ({ name, from_s, to_s: Math.min(end_s, begun[at + 1]?.from_s ?? end_s) }))
    .filter(({ name, from_s, to_s }) => name && to_s > from_s);

/** A section in the page's language. @param {unknown} name */
function sectionName(name) {
  const key = `term.section.${String(name)}`;
  return i18n.has(key) ? t(key) : String(name ?? "");
}

/** @param {Record<string, unknown>} one */
const chordName = ({ chord }) => (chord === "N" ? "" : chordText(String(chord ?? "")));

/**
 * The sections and chords of a composed piece, as they lie in the track; a clip before it moves them. Of another sound
 * those that were heard in it.
 *
 * @param {Pick<TrackRecord, "details" | "facts" | "parameters" | "duration_s">} record
 * @returns {{ sections: Stretch[], chords: Stretch[] }}
 */
export function structureOf({ details = {}, facts = {}, parameters, duration_s }) {
  const begins_s = Number(parameters.continuation_start_s ?? 0) || 0;
  const placed = (/** @type {unknown} */ list, /** @type {(one: Record<string, unknown>) => string} */ name) =>
    objects(list)
      .filter(({ start_s }) => Number.isFinite(start_s))
      .map((one) => ({ name: name(one), from_s: begins_s + Number(one.start_s) }));
  const heard = objects(facts.chords).map((one) => ({ name: chordName(one), from_s: Number(one.start_s) }));
  const felt = objects(facts.sections).map((one) => ({ name: sectionName(one.label), from_s: Number(one.start_s) }));
  return {
    sections: stretches(details.form ? placed(details.form, ({ name }) => sectionName(name)) : felt, duration_s),
    chords: stretches(details.harmony ? placed(details.harmony, chordName) : heard, duration_s),
  };
}

/** What a name needs, px: each letter and the edges. */
const LETTER_PX = 8;
const EDGES_PX = 8;

/**
 * The chords that have room for their names beside each other: every one that its name fits into, and of the others
 * the longer ones first.
 *
 * @param {readonly Stretch[]} chords @param {Timeline} timeline @param {number} width_px of the view
 */
export function roomFor(chords, timeline, width_px) {
  const parts = chords
    .filter(({ from_s, to_s }) => to_s > timeline.from_s && from_s < timeline.to_s)
    .map((chord) => {
      const left = Math.max(0, width_px * timeline.share(chord.from_s));
      const own = Math.min(width_px, width_px * timeline.share(chord.to_s)) - left;
      const right = left + EDGES_PX + LETTER_PX * chord.name.length;
      return { chord, left, right, own, fits: left + own >= right };
    })
    .sort((one, other) => Number(other.fits) - Number(one.fits) || other.own - one.own);
  /** @type {typeof parts} */
  const named = [];
  for (const part of parts) if (part.fits || named.every(({ left, right }) => part.right <= left || part.left >= right)) named.push(part);
  return new Set(named.map(({ chord }) => chord));
}
