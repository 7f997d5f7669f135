import { html } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { byId, hueOf } from "./project.js";

/** @import { Character, Finding, Project, Scene } from "./project.js" */

/** A word of a table in the page's language; one that nobody translated as it is. @param {string} table @param {string} word */
export function named(table, word) {
  const key = `ui.drama.${table}.${word}`;
  return i18n.has(key) ? t(key) : word.replaceAll(/[-_]/g, " ");
}

/** A word as it begins a label. @param {string} word */
export const capital = (word) => word.replace(/^./u, (first) => first.toLocaleUpperCase(i18n.language));

/** @param {Project} project @param {string} id */
export const nameOf = (project, id) => byId(project.characters, id)?.name || t("ui.drama.nobody");

/** The colour of whoever speaks, as the style sheet wants it. @param {Project} project @param {string} id */
export function colour(project, id) {
  const hue = hueOf(project.characters, id);
  return hue === null ? "oklch(0.62 0.015 250)" : `oklch(0.66 0.14 ${hue})`;
}

/** Paints what has a colour of its own; the style sheet cannot know it. @param {Element} root */
export function paint(root) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-colour]"))) {
    part.style.setProperty("--who", part.dataset.colour ?? "");
  }
}

const ASPECTS = /** @type {const} */ (["place", "weather", "time", "mood"]);
/** Below this a finding is told as a guess. */
const SURE = 0.5;

/** What is known of a scene. @param {Scene} scene */
export function sceneWords(scene) {
  const found = ASPECTS.map((aspect) => [aspect, scene[aspect]]).filter(([, one]) => one !== null);
  return /** @type {[string, Finding][]} */ (found).map(([aspect, { value, confidence, words }]) => {
    const sure = { percent: i18n.percent(confidence), words };
    const title = words ? t("ui.drama.sure", sure) : t(confidence === 1 ? "ui.drama.rule.user" : "ui.drama.sure.alone", sure);
    return html`<span class="scene-fact" title=${title} ?data-doubtful=${confidence < SURE}>${named(aspect, value)}</span>`;
  });
}

/** @param {number} db */
export const decibels = (db) =>
  `${i18n.number(db, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" })} ${t("unit.dB")}`;

/** -0.25 -> "L 25". @param {number} pan */
export function panWords(pan) {
  const percent = i18n.number(Math.round(100 * Math.abs(pan)));
  return pan === 0 ? t("ui.mixer.pan.centre") : t(pan < 0 ? "ui.mixer.pan.left" : "ui.mixer.pan.right", { percent });
}

/** @param {Character} character */
export const ageWords = ({ gender, age }) =>
  [gender, age].filter((word) => word !== "unknown").map((word) => t(`ui.drama.${word === gender ? "gender" : "age"}.${word}`)).join(", ");
