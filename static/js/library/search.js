/** @import { Search } from "../core/types.js" */
/** @typedef {{ name: "q" | "tag" | "key" | "tempo" | "like" | "unlike" | "favourite" | "command" | "model", value: string }} Part */

/** So many tracks can be named as like, and as unlike; the latest count. */
const MOST_TRACKS = 20;
const LISTS = /** @type {const} */ (["like", "unlike", "tag", "key"]);

/** @param {unknown} value */
const empty = (value) => !value || (Array.isArray(value) && !value.length);

/**
 * A search with something changed; what is empty is no part of it, nor what says nothing without another part.
 *
 * @param {Search} search
 * @param {Search} change
 * @returns {Search}
 */
export function changed(search, change) {
  const all = { ...search, ...change };
  if (empty(all.key)) delete all.compatible;
  if (empty(all.like)) delete all.unlike;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !empty(value)));
}

/** Whether the best answers come first, instead of the order that was chosen. @param {Search} search */
export const byRelevance = ({ q = "", meaning, like }) => Boolean((meaning && q.trim()) || like?.length);

/** What is asked for, each part to be taken away for itself; the words stand in their own field. @param {Search} search @returns {Part[]} */
export function parts(search) {
  const { low_bpm, high_bpm, favourite, command, model } = search;
  const one = (/** @type {Part["name"]} */ name, /** @type {unknown} */ value) =>
    value ? [{ name, value: String(value) }] : [];
  return [
    ...LISTS.flatMap((name) => (search[name] ?? []).map((value) => ({ name, value }))),
    ...one("tempo", low_bpm || high_bpm ? `${low_bpm ?? ""}-${high_bpm ?? ""}` : ""),
    ...one("favourite", favourite),
    ...one("command", command),
    ...one("model", model),
  ];
}

/** @param {Search} search @param {Part} part */
export function without(search, { name, value }) {
  if (name === "tempo") return changed(search, { low_bpm: undefined, high_bpm: undefined });
  if (name === "tag" || name === "key" || name === "like" || name === "unlike") {
    return changed(search, { [name]: search[name]?.filter((other) => other !== value) });
  }
  return changed(search, { [name]: undefined });
}

/** What is left of a search when all of it is cleared: how to look, not what for. @param {Search} search */
export const cleared = ({ meaning, sort }) => changed({}, { meaning, sort });

/** Whether it finds anything else than all tracks. @param {Search} search */
export const asks = (search) => Boolean(search.q?.trim()) || parts(search).length > 0;

/** The tag of a category that is asked for. @param {Search} search @param {string} category */
export const tagIn = ({ tag = [] }, category) => tag.find((one) => one.startsWith(`${category}/`)) ?? "";

/** Another tag of a category instead; "" for none. @param {Search} search @param {string} category @param {string} tag */
export function withTag(search, category, tag) {
  const others = (search.tag ?? []).filter((one) => !one.startsWith(`${category}/`));
  return changed(search, { tag: tag ? [...others, tag] : others });
}

/** More like a track, or less. @param {Search} search @param {string} id @param {"like" | "unlike"} way */
export function leaning(search, id, way) {
  const other = way === "like" ? "unlike" : "like";
  const rest = (/** @type {readonly string[]} */ ids = []) => ids.filter((one) => one !== id);
  return changed(search, { [way]: [...rest(search[way]), id].slice(-MOST_TRACKS), [other]: rest(search[other]) });
}

/** What is kept in a playlist. @param {Search} search @returns {Search} */
export const keepable = ({ offset: _offset, limit: _limit, ...search }) =>
  changed(search, { meaning: Boolean(search.meaning && search.q?.trim()), q: search.q?.trim() });

/** Whether two searches find the same. @param {Search} one @param {Search} other */
export function same(one, other) {
  const plain = (/** @type {Search} */ search) => JSON.stringify(Object.entries(keepable(search)).sort());
  return plain(one) === plain(other);
}
