import { isObject } from "../core/json.js";
import { Stored } from "../core/stored.js";
import { accepted, fieldsOf, isInput } from "../server/schema.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @import { CommandInfo, Values } from "../core/types.js" */
/** @typedef {{ command: string, name: string, params: Values }} Preset */

export const KEY = "presets_v1";
const FORM = "audiocraft-webui presets";
const LONGEST_NAME = 80;
const MOST = 500;

/**
 * Settings under a name, kept in the browser and shared as JSON files.
 */
export class Presets extends Stored {
  /** @type {readonly Preset[]} */
  all = [];

  /** @param {TextStorage} storage */
  constructor(storage) {
    super(storage, KEY);
    this.reload();
  }

  /** Reads what is stored: at the start, and when another tab wrote. */
  reload() {
    this.all = this.stored([]);
    this.emit("change");
  }

  /** @param {string} command */
  of(command) {
    return this.all.filter((preset) => preset.command === command).sort((a, b) => a.name.localeCompare(b.name));
  }

  /** @param {string} command @param {string} name */
  find(command, name) {
    return this.all.find((preset) => preset.command === command && preset.name === name);
  }

  /**
   * Keeps `params`, over those of the same name. Sounds and scripts stay out: others do not have them.
   *
   * @param {CommandInfo} command
   * @param {string} name
   * @param {Values} params
   */
  keep(command, name, params) {
    const called = named(name);
    if (!called) return;
    const plain = fieldsOf(command).filter((field) => !isInput(field) && field.name in params);
    const preset = {
      command: command.name,
      name: called,
      params: Object.fromEntries(plain.map((field) => [field.name, params[field.name]])),
    };
    this.#put([...this.all.filter((other) => other !== this.find(command.name, called)), preset]);
  }

  /** @param {Preset} preset @param {string} name @returns {boolean} false when the name is empty or another's */
  rename(preset, name) {
    const called = named(name);
    if (called === preset.name) return true;
    if (!called || this.find(preset.command, called)) return false;
    this.#put(this.all.map((other) => (other === preset ? { ...preset, name: called } : other)));
    return true;
  }

  /** @param {Preset} preset */
  remove(preset) {
    this.#put(this.all.filter((other) => other !== preset));
  }

  /** @param {readonly Preset[]} presets @returns {string} a JSON file's text */
  exported(presets) {
    return `${JSON.stringify({ form: FORM, version: 1, presets }, null, 2)}\n`;
  }

  /**
   * Takes over presets from a file; a name that is taken gets a number. Values that a parameter cannot have are left
   * out. Raises TypeError for what is no such file.
   *
   * @param {string} text
   * @param {readonly CommandInfo[]} commands
   * @returns {number} how many came
   */
  imported(text, commands) {
    const file = parsed(text);
    if (!isObject(file) || file.form !== FORM || !Array.isArray(file.presets) || file.presets.length > MOST) {
      throw new TypeError("not a file of presets");
    }
    /** @type {Preset[]} */
    const come = [];
    for (const entry of file.presets) {
      const command = isObject(entry) && commands.find(({ name }) => name === entry.command);
      if (!command || !isObject(entry.params) || typeof entry.name !== "string" || !named(entry.name)) continue;
      const { params } = entry;
      const values = fieldsOf(command)
        .filter((field) => !isInput(field) && field.name in params)
        .map((field) => /** @type {const} */ ([field.name, accepted(field, params[field.name])]))
        .filter(([, value]) => value !== undefined);
      const name = free(named(entry.name), (taken) =>
        [...this.all, ...come].some((other) => other.command === command.name && other.name === taken),
      );
      come.push({ command: command.name, name, params: Object.fromEntries(values) });
    }
    if (come.length) this.#put([...this.all, ...come]);
    return come.length;
  }

  /** @param {readonly Preset[]} presets */
  #put(presets) {
    this.all = presets;
    this.store(presets);
    this.emit("change");
  }
}

/** @param {string} text */
const named = (text) => text.replace(/\s+/g, " ").trim().slice(0, LONGEST_NAME);

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError("not JSON");
  }
}

/** @param {string} name @param {(name: string) => boolean} taken */
function free(name, taken) {
  let candidate = name;
  for (let count = 2; taken(candidate); count++) candidate = `${name} ${count}`;
  return candidate;
}
