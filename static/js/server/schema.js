/** @import { CommandInfo, Schema, SchemaField, TrackRecord, Values } from "../core/types.js" */

/**
 * One control of the settings panel, read from a command's JSON Schema.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {"number" | "choice" | "choices" | "switch" | "text" | "audio" | "script"} kind
 * @property {string} title in English, as the schema has it
 * @property {string} hint
 * @property {unknown} fallback the default
 * @property {boolean} nullable
 * @property {boolean} integer
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [step]
 * @property {number} [maxLength]
 * @property {string} [unit]
 * @property {string[]} choices
 * @property {string} [every] of the kind `choices`, a text of some of them with commas between: the word for all
 * @property {Record<string, string>} labels choice -> how the schema names it
 * @property {Record<string, unknown[] | boolean>} shownWhen other parameter -> the values with which this one has an
 *   effect; true is any, false is none
 * @property {string} [silences] the parameter that has no effect while this one is above 0
 * @property {boolean} required
 * @property {string} [choose] asks for the sound while there is none
 * @property {string} [neededUnless] field whose value makes up for this one
 * @property {boolean} library only tracks of the library have what it takes
 * @property {string} [group]
 * @property {boolean} advanced
 */

/** Parameters that every command shares: they say how the file is written and stand last. */
export const OUTPUT = new Set(["format", "bit_depth", "sample_rate", "peaks", "artist"]);

/** Where a preview begins: no setting of a run, a button of its own asks for it. */
export const PREVIEW = "preview_at_s";

/**
 * The field with `$ref` and `anyOf` folded in.
 *
 * @param {SchemaField} field
 * @param {Schema} schema
 * @returns {SchemaField}
 */
function resolved(field, schema) {
  const parts = [...(field.allOf ?? []), ...(field.anyOf ?? []).filter((part) => part.type !== "null")];
  if (field.$ref) parts.push(schema.$defs?.[field.$ref.split("/").at(-1) ?? ""] ?? {});
  const under = Object.assign({}, ...parts.map((part) => resolved(part, schema)));
  return { ...under, ...field, ...(under.type ? { type: under.type } : {}) };
}

/** @param {SchemaField} field @returns {Field["kind"]} */
function kindOf(field) {
  if (field.widget === "audio" || field.widget === "script" || field.widget === "choices") return field.widget;
  if (field.enum || field.const !== undefined) return "choice";
  if (field.type === "boolean") return "switch";
  return field.type === "number" || field.type === "integer" ? "number" : "text";
}

/** It takes the key of something that was given or made: a sound or a script. @param {Pick<Field, "kind">} field */
export const isInput = ({ kind }) => kind === "audio" || kind === "script";

/** @param {SchemaField} field */
function stepOf(field) {
  if (field.step) return field.step;
  if (field.type === "integer") return 1;
  const span = (field.maximum ?? 0) - (field.minimum ?? 0);
  return span > 0 ? 10 ** Math.floor(Math.log10(span / 50)) : undefined;
}

/** Free text cannot be left out where it is all the command has. @param {CommandInfo} command */
export function needsText({ text_field, schema }) {
  const field = text_field ? resolved(schema.properties[text_field] ?? {}, schema) : null;
  return field !== null && kindOf(field) !== "choice" && (schema.required ?? []).includes(text_field ?? "");
}

/**
 * The controls of a command: its own parameters first, those of the file last. The prompt box stands for the text
 * field, unless that is a choice among known values: then it can be picked too.
 *
 * @param {CommandInfo} command
 * @returns {Field[]}
 */
export function fieldsOf(command) {
  const fields = Object.entries(command.schema.properties)
    .map(([name, raw]) => /** @type {const} */ ([name, raw, resolved(raw, command.schema)]))
    .filter(([name, , field]) => name !== command.text_field || kindOf(field).startsWith("choice"))
    .filter(([name, raw]) => name !== PREVIEW && !raw.internal)
    .map(([name, raw, field]) => {
      const named = field.choices ?? field.enum ?? (field.const === undefined ? [] : [field.const]);
      const choices = named.map(String);
      return {
        name,
        kind: kindOf(field),
        title: raw.title ?? field.title ?? name,
        hint: raw.description ?? field.description ?? "",
        fallback: field.default ?? ((command.schema.required ?? []).includes(name) ? choices[0] : null) ?? null,
        nullable: (raw.anyOf ?? []).some((part) => part.type === "null"),
        integer: field.type === "integer",
        minimum: field.minimum,
        maximum: field.maximum,
        step: stepOf(field),
        maxLength: field.maxLength,
        unit: field.unit,
        choices,
        every: field.every,
        labels: field.labels ?? {},
        required: (command.schema.required ?? []).includes(name),
        choose: raw.choose ?? field.choose,
        neededUnless: raw.needed_unless ?? field.needed_unless,
        library: raw.library ?? field.library ?? false,
        silences: raw.silences ?? field.silences,
        shownWhen: raw.shown_when ?? field.shown_when ?? {},
        group: raw.group ?? field.group,
        advanced: raw.advanced ?? field.advanced ?? false,
      };
    });
  return [...fields.filter((f) => !OUTPUT.has(f.name)), ...fields.filter((f) => OUTPUT.has(f.name))];
}

/**
 * `value` as this field takes it, or undefined when it cannot be: stored settings may be older than the schema.
 *
 * @param {Field} field
 * @param {unknown} value
 */
export function accepted(field, value) {
  if (field.kind === "choice" && field.choices.includes(String(value))) return String(value);
  if (value === null || value === "") return field.nullable || isInput(field) ? null : undefined;
  switch (field.kind) {
    case "number": {
      const number = typeof value === "number" ? value : Number.parseFloat(String(value).replace(",", "."));
      if (!Number.isFinite(number)) return undefined;
      const whole = field.integer ? Math.round(number) : number;
      return Math.min(field.maximum ?? Infinity, Math.max(field.minimum ?? -Infinity, whole));
    }
    case "choice":
      return undefined;
    case "switch":
      return typeof value === "boolean" ? value : undefined;
    default:
      return String(value).slice(0, field.maxLength);
  }
}

/**
 * Every parameter with its value: what was set, else the default.
 *
 * @param {Field[]} fields
 * @param {Values} set
 * @returns {Values}
 */
export function complete(fields, set) {
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      (field.name in set ? accepted(field, set[field.name]) : undefined) ?? field.fallback,
    ]),
  );
}

/** @param {unknown} value @param {unknown[] | boolean} wanted */
const fits = (value, wanted) => (typeof wanted === "boolean" ? Boolean(value) === wanted : wanted.includes(value));

/**
 * The fields that have an effect while the others have these values. What has none counts as its default, as
 * `engine/relevance.py` has it.
 *
 * @param {Field[]} fields
 * @param {Values} values
 */
export function shown(fields, values) {
  const byName = new Map(fields.map((field) => [field.name, field]));
  /** @param {Field} field @returns {boolean} */
  const counts = ({ shownWhen }) =>
    Object.entries(shownWhen).every(([name, wanted]) => {
      const other = byName.get(name);
      return fits(other && !counts(other) ? other.fallback : values[name], wanted);
    });
  return fields.filter(counts);
}

/**
 * The first sound or script that the command cannot do without and has not got.
 *
 * @param {Field[]} fields
 * @param {Values} values
 */
export const lacking = (fields, values) =>
  shown(fields, values).find(
    ({ name, kind, required, neededUnless }) =>
      isInput({ kind }) && !values[name] && (required || (neededUnless !== undefined && !values[neededUnless])),
  );

/**
 * Name of a parameter without effect -> the one that silences it.
 *
 * @param {Field[]} fields
 * @param {Values} values
 * @returns {Map<string, Field>}
 */
export function silenced(fields, values) {
  /** @type {Map<string, Field>} */
  const found = new Map();
  for (const field of fields) {
    const { name, silences } = field;
    if (silences && Number(values[name]) > 0 && silences in values) found.set(silences, field);
  }
  return found;
}

/**
 * The command that `text` is for: its own slash, else the chosen one.
 *
 * @param {string} text
 * @param {string} chosen
 * @returns {{ name: string, rest: string }}
 */
export function addressed(text, chosen) {
  const [, name, rest] = /^\/(\S+)\s*([\s\S]*)$/.exec(text.trim()) ?? [];
  return name ? { name: name.toLowerCase(), rest: rest ?? "" } : { name: chosen, rest: text.trim() };
}

/**
 * The parameters that make this track again. What the file became (`format`) gives way to what was asked for
 * (`format_requested`); of two that exclude each other, a record keeps the one that was used.
 *
 * @param {TrackRecord} record
 * @param {CommandInfo} command
 * @returns {Values}
 */
export function again(record, command) {
  const made = record.parameters;
  /** @type {Values} */
  const values = {};
  const fields = fieldsOf(command);
  for (const field of fields) {
    const value = accepted(field, made[`${field.name}_requested`] ?? made[field.name] ?? null);
    if (value !== undefined && value !== null) values[field.name] = value;
  }
  for (const { name, silences } of fields) {
    if (silences && made[name] === null && silences in values) values[name] = 0;
  }
  const meant = new Set(shown(fields, complete(fields, values)).map(({ name }) => name));
  for (const { name } of fields) if (!meant.has(name)) delete values[name];
  if (command.text_field) values[command.text_field] = made[command.text_field] ?? record.prompt;
  return values;
}
