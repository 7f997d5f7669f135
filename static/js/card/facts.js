import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { termLabel } from "../core/terms.js";
import { choiceLabel, fieldTitle, specialLabel } from "../ui/words.js";
import { formatNote } from "./notes.js";

/** @import { TemplateResult } from "/static/vendor/lit/index.js" */
/** @import { Values } from "../core/types.js" */
/** @import { Field } from "../server/schema.js" */
/** @typedef {{ command: string, fields: ReadonlyMap<string, Field>, sound: (key: string) => string }} Vocabulary whose words name the facts; `sound`: what is called by a key */

const SOUND = /^(track|upload):[0-9a-f]{32}$/;

/** What the values of a fact are names of. */
const KINDS = /** @type {const} */ ({
  genre: "genre",
  genres: "genre",
  moods: "mood",
  instrument: "instrument",
  instruments: "instrument",
  role: "role",
  key: "key",
  mode: "mode",
  scale: "mode",
  form: "section",
  name: "section",
  without: "without",
  not_heard: "instrument",
  stem: "stem",
});

/** @param {unknown} value */
const isEmpty = (value) =>
  value === null ||
  value === undefined ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** @param {unknown} value one value without parts @param {Vocabulary} words @param {string} name */
function plain(value, words, name) {
  if (typeof value === "boolean") return t(value ? "ui.yes" : "ui.no");
  const field = words.fields.get(name);
  if (typeof value === "number") return (field && specialLabel(words.command, field, value)) ?? i18n.number(value);
  if (SOUND.test(String(value))) return words.sound(String(value));
  if (name === "format_note") return formatNote(String(value));
  if (name in KINDS && !field) return termLabel(KINDS[/** @type {keyof typeof KINDS} */ (name)], String(value));
  return choiceLabel(words.command, name, String(value), field);
}

/** @param {unknown} value @param {Vocabulary} words @param {string} name @returns {TemplateResult | string} */
function shown(value, words, name) {
  if (Array.isArray(value)) {
    if (value.every((item) => !isObject(item) && !Array.isArray(item))) {
      return value.map((item) => plain(item, words, name)).join(", ");
    }
    return html`<ol class="fact-items">${value.map((item) => html`<li>${shown(item, words, name)}</li>`)}</ol>`;
  }
  if (!isObject(value)) return plain(value, words, name);
  if ("old" in value && "new" in value) {
    return `${plain(value.old, words, name)} → ${plain(value.new, words, name)}`;
  }
  return facts(value, words);
}

/**
 * Names and values as a list, objects as lists within it; empty values are left out.
 *
 * @param {Values} values
 * @param {Vocabulary} words
 * @returns {TemplateResult}
 */
export function facts(values, words) {
  return html`
    <dl class="facts">
      ${Object.entries(values).map(([name, value]) =>
        isEmpty(value)
          ? nothing
          : html`
              <div class=${isObject(value) && !("old" in value) ? "fact nested" : "fact"}>
                <dt>${fieldTitle(words.command, name, words.fields.get(name))}</dt>
                <dd>${shown(value, words, name)}</dd>
              </div>
            `,
      )}
    </dl>
  `;
}
