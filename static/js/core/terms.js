import { i18n, t } from "./i18n.js";

/** Kinds that are looked up too, where a kind does not have the name: a refusal may mean a role or a family. */
const OTHERS = {
  role: ["instrument"],
  instrument: ["piece", "family"],
  without: ["role", "instrument", "piece", "family", "genre", "mood"],
};

/** "E minor" -> "ми минор". @param {string} name */
function keyLabel(name) {
  const [tonic = "", mode = ""] = name.split(" ");
  if (!i18n.has(`term.note.${tonic}`) || !i18n.has(`term.mode.${mode}`)) return name;
  return t("ui.key", { tonic: termLabel("note", tonic), mode: termLabel("mode", mode) });
}

/** "vocals" -> "Vocals", "no_vocals" -> "Without vocals". @param {string} name @returns {string} */
function stemLabel(name) {
  if (i18n.has(`stem.${name}`)) return t(`stem.${name}`);
  return name.startsWith("no_") ? t("stem.without", { stem: stemLabel(name.slice(3)) }) : name.replaceAll("_", " ");
}

/**
 * What music calls a thing, in the page's language; records and scores name it in English. What has no name here,
 * such as a stem of somebody's own model, stays as it is.
 *
 * @param {"genre" | "mood" | "instrument" | "role" | "piece" | "mode" | "section" | "family" | "note" | "key" | "stem" | "without"} kind
 * @param {string} name
 * @returns {string}
 */
export function termLabel(kind, name) {
  if (kind === "key") return keyLabel(name);
  if (kind === "stem") return stemLabel(name);
  const others = kind in OTHERS ? OTHERS[/** @type {keyof typeof OTHERS} */ (kind)] : [];
  const own = [kind, ...others].find((place) => i18n.has(`term.${place}.${name}`));
  return own ? t(`term.${own}.${name}`) : name;
}

/** "F#m7b5" -> "F♯m7♭5". @param {string} chord */
export const chordText = (chord) => chord.replaceAll("#", "♯").replace(/(?<=[A-G])b|b(?=\d)/g, "♭");

/** "melody: piano", as a score names its parts. @param {string} name */
export function partLabel(name) {
  const [role = "", instrument = ""] = name.split(": ");
  return instrument ? `${termLabel("role", role)}: ${termLabel("instrument", instrument)}` : termLabel("role", role);
}

/** "mood/calm" -> "calm", of what tracks are tagged with. @param {string} tag CATEGORY/NAME */
export function tagLabel(tag) {
  return i18n.has(`term.tag.${tag}`) ? t(`term.tag.${tag}`) : tag.slice(tag.indexOf("/") + 1);
}

/** 97.5 -> "97.5 BPM". @param {number} bpm */
export const tempoText = (bpm) => `${i18n.number(bpm, { maximumFractionDigits: 1 })} ${t("unit.bpm")}`;
