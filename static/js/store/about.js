import { i18n, t } from "../core/i18n.js";
import { fieldsOf, isInput } from "../server/schema.js";

/** @import { About, CommandInfo, Values } from "../core/types.js" */
/** @import { App } from "./app.js" */
/** @typedef {About["inputs"][number]} Input */

/** A word that names a sound by its key, as the palette writes it. */
const KEYED = /(?<!\S)[a-z_]+=(?:track|upload):[0-9a-f]{32}(?!\S)/g;
const PAIR = /(?<!\S)[a-z][a-z0-9_]*=(?:"[^"]*"|'[^']*'|\S+)/g;

/** Words that name stems, in the page's language; others as they are. @param {string} text */
function spoken(text) {
  const words = text.split(",").map((word) => word.trim());
  return words.every((word) => i18n.has(`stem.${word}`)) ? words.map((word) => t(`stem.${word}`)).join(", ") : text;
}

/** The sentence of a command, by what of it was asked for and the sounds that it was given. @param {About} about */
function sentence({ command, values, inputs }) {
  const count = Number(values.count ?? 0);
  const variants = [values.variant, ...inputs.map(({ field }) => field), count ? (count === 1 ? "one" : "other") : ""];
  const keys = [...variants.filter(Boolean).map((variant) => `about.${command}.${variant}`), `about.${command}`];
  const key = keys.find((name) => i18n.has(name));
  return key ? t(key) : "{inputs} {text}";
}

/** @param {App} app @param {string} command @param {string} name */
const fieldName = (app, command, name) =>
  i18n.own(`param.${command}.${name}.title`) ?? app.settings.find(command)?.schema.properties[name]?.title ?? name;

/** What a track is called now, or was when it was asked for. @param {App} app @param {Input} input */
export const called = (app, { key, title, track_id }) =>
  (track_id ? app.tracks.row(track_id)?.title : app.uploads.row(key)?.name) || title || t("ui.sound.gone");

/**
 * What a job is about, as words and the sounds among them.
 *
 * @param {App} app
 * @param {About} about
 * @returns {(string | Input)[]}
 */
export function parts(app, about) {
  const { command, inputs, values, variation } = about;
  const text = spoken(about.text);
  /** @type {(string | Input)[]} */
  const said = command === "generate" && (text || inputs.length) ? [] : [`/${command} `];
  const left = new Set(inputs);
  for (const part of sentence(about).split(/(\{\w+\})/)) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const input = inputs.find(({ field }) => field === name);
    if (name === "inputs") inputs.forEach((each, at) => (left.delete(each), said.push(...(at ? [", ", each] : [each]))));
    else if (input) (left.delete(input), said.push(input));
    else if (name === "text") said.push(text);
    else said.push(name ? String(values[name] ?? "") : part);
  }
  for (const input of left) said.push(` · ${fieldName(app, command, input.field)}: `, input);
  if (variation) said.push(` · ${t("about.variation", { number: variation[0], count: variation[1] })}`);
  return said;
}

/** What a job is about, in one line: the command, and the sounds by their titles. @param {App} app @param {About} about */
export function aboutLine(app, about) {
  const line = parts(app, about).map((part) => (typeof part === "string" ? part : called(app, part)));
  return line.join("").replace(/\s+/g, " ").trim();
}

/**
 * What a request will be about, before the server has said it.
 *
 * @param {App} app
 * @param {CommandInfo | undefined} command
 * @param {string} name
 * @param {Values} params
 * @param {string} [typed] words, with values among them
 * @returns {About}
 */
export function aboutRequest(app, command, name, params, typed = "") {
  const given = new Set(command ? fieldsOf(command).filter(isInput).map(({ name: field }) => field) : []);
  const said = Object.fromEntries([...typed.matchAll(KEYED)].map(([word]) => word.split("=", 2)));
  const inputs = Object.entries({ ...params, ...said })
    .filter(([field, key]) => given.has(field) && typeof key === "string" && key)
    .map(([field, key]) => {
      const track_id = String(key).startsWith("track:") ? String(key).slice(6) : null;
      return { field, key: String(key), title: app.sounds.title(String(key)) ?? "", track_id };
    });
  const words = typed.replace(/^\/\S+/, "").replace(PAIR, "").trim();
  const chosen = command?.text_field ? params[command.text_field] : "";
  const fallback = command?.text_field ? command.schema.properties[command.text_field]?.default : "";
  const text = words || (typeof chosen === "string" && chosen !== fallback ? chosen : "");
  return { command: name, text: text.slice(0, 200), inputs, values: {} };
}

/** Values that were typed beside the words, without those that name sounds. @param {string} typed */
export const typedValues = (typed) => (typed.replace(KEYED, "").match(PAIR) ?? []).join(" ");
