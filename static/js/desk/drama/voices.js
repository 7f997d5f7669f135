import { i18n, t } from "../../core/i18n.js";

/** @import { Option } from "./fields.js" */
/** @import { Voice } from "./server.js" */

/** Engines whose voices can be blended. */
const BLENDS = new Set(["kokoro"]);

/** @param {string} voice `ENGINE:NAME` or `ENGINE:NAME+OTHER@0.3` @returns {{ id: string, other: string, share: number }} ids of voices */
export function parts(voice) {
  const [, engine = "", name = "", other = "", share = "0"] = /^([^:]*):([^+]*)(?:\+([^@]*)@([\d.]+))?$/.exec(voice) ?? [];
  return { id: `${engine}:${name}`, other: other && `${engine}:${other}`, share: Number(share) };
}

/** @param {string} id @param {string} other id of a voice of the same engine, or nothing @param {number} share of the other one */
export function blended(id, other, share) {
  if (!other || other === id) return id;
  return `${id}+${other.slice(other.indexOf(":") + 1)}@${Math.min(0.95, Math.max(0.05, share)).toFixed(2)}`;
}

/** @param {string} id */
export const blends = (id) => BLENDS.has(id.split(":")[0] ?? "");

/** 163234740 -> "163 MB". @param {number} bytes */
const size = (bytes) => i18n.number(Math.round(bytes / 1e6), { style: "unit", unit: "megabyte" });

/** Whether it can be had here, in words. @param {Voice} voice */
function readiness({ installed, fetchable, bytes }) {
  if (installed) return "";
  if (!fetchable) return t("ui.drama.voice.missing");
  return bytes ? t("ui.drama.voice.fetch", { size: size(bytes) }) : t("ui.drama.voice.fetch.unknown");
}

/** @param {string} language */
const languageName = (language) => (i18n.has(`ui.drama.language.${language}`) ? t(`ui.drama.language.${language}`) : language);

/** Voices of espeak have only a language: they are called like their engine. */
const ESPEAK = "eSpeak NG";

/** @param {Pick<Voice, "engine" | "name">} voice */
const titleOf = ({ engine, name }) => (engine === "espeak" ? ESPEAK : name);

/** @param {Voice} voice @returns {Option} */
function option(voice) {
  const { id, language, gender, accent, age, installed, fetchable } = voice;
  const about = [
    accent.toUpperCase(),
    age === "adult" || age === "unknown" ? "" : t(`ui.drama.age.${age}`),
    voice.engine === "espeak" ? "" : voice.engine,
    readiness(voice),
  ];
  return {
    value: id,
    label: [titleOf(voice), ...about.filter(Boolean)].join(" · "),
    group: t("ui.drama.voice.group", { language: languageName(language), gender: t(`ui.drama.gender.${gender}`) }),
    off: !installed && !fetchable,
  };
}

/**
 * Voices to choose among: those of the language first, and of these the best.
 *
 * @param {readonly Voice[]} voices
 * @param {string} language
 * @param {string | null} chosen it stands among them, whether the server knows it or not
 * @returns {Option[]}
 */
export function voiceOptions(voices, language, chosen) {
  const rank = (/** @type {Voice} */ { language: own, gender }) => `${own === language ? 0 : 1}${own}${gender}`;
  const sorted = voices.toSorted((one, other) => rank(one).localeCompare(rank(other)) || other.grade - one.grade);
  const known = sorted.map(option);
  const { id } = parts(chosen ?? "");
  if (!chosen || known.some(({ value }) => value === id)) return known;
  return [{ value: id, label: id }, ...known];
}

/** What is to be known of a voice before it is used. @param {Voice | undefined} voice */
export function voiceWords(voice) {
  if (!voice) return "";
  return [
    voice.licence && t("ui.drama.voice.licence", { licence: voice.licence }),
    voice.commercial_use ? "" : t("ui.drama.voice.noncommercial"),
    readiness(voice),
  ].filter(Boolean).join(" · ");
}

/** A voice in a few words. @param {readonly Voice[]} voices @param {string | null | undefined} voice */
export function voiceName(voices, voice) {
  if (!voice) return t("ui.drama.voice.none");
  const { id, other, share } = parts(voice);
  const name = (/** @type {string} */ one) => {
    const known = voices.find((each) => each.id === one);
    return known ? titleOf(known) : one.slice(one.indexOf(":") + 1);
  };
  return other ? `${name(id)} + ${name(other)} ${i18n.percent(share)}` : name(id);
}
