import { ASPECTS } from "./style.js";

/** @import { TrackRecord, Values } from "../../core/types.js" */
/** @import { Match } from "./report.js" */
/** @import { Style } from "./style.js" */
/** @typedef {(typeof ASPECTS)[number]} Aspect */
/** @typedef {{ style: Style, aspects: readonly Aspect[], amount: number, ceiling_dbtp: number }} Edit what the user has in hand */

/** Of the file that a match writes. */
const OUTPUT = ["format", "bit_depth", "sample_rate", "peaks"];

/** @param {unknown} text as the parameter has it @returns {readonly Aspect[]} */
function aspectsOf(text) {
  const names = String(text ?? "all").split(",");
  return names.includes("all") ? ASPECTS : ASPECTS.filter((name) => names.includes(name));
}

/** The values with which the track was made. @param {TrackRecord} record @param {Match} match @returns {Edit} */
export function originalEdit({ parameters: { aspects, amount, ceiling_dbtp } }, match) {
  return {
    style: match.style_params,
    aspects: aspectsOf(aspects),
    amount: Number(amount ?? 100),
    ceiling_dbtp: Number(ceiling_dbtp ?? 0),
  };
}

/** What a preset makes of them. Raises SyntaxError where its style cannot be read. @param {Edit} original @param {Values} values */
export function presetEdit(original, { style, aspects, amount, ceiling_dbtp }) {
  return {
    style: style ? /** @type {Style} */ (JSON.parse(String(style))) : original.style,
    aspects: aspects === undefined ? original.aspects : aspectsOf(aspects),
    amount: Number(amount ?? original.amount),
    ceiling_dbtp: Number(ceiling_dbtp ?? original.ceiling_dbtp),
  };
}

/** What `/match` is asked for. @param {TrackRecord} record @param {Edit} edit @returns {Values} */
export function matchParams(record, { style, aspects, amount, ceiling_dbtp }) {
  const { source, reference, mode, impulse_response } = record.parameters;
  const given = Object.entries({ source, reference, mode, impulse_response }).filter(([, value]) => value);
  return {
    ...Object.fromEntries(given),
    aspects: aspects.length === ASPECTS.length ? "all" : aspects.join(",") || "none",
    amount,
    ceiling_dbtp,
    style: JSON.stringify(style),
  };
}

/** The same, with how the track's file was written and whose it is. @param {TrackRecord} record @param {Edit} edit @returns {Values} */
export function rematchParams(record, edit) {
  const { parameters: made, artist } = record;
  const output = OUTPUT.map((name) => [name, made[`${name}_requested`] ?? made[name]]);
  return { ...matchParams(record, edit), ...Object.fromEntries(output), ...(artist ? { artist } : {}) };
}
