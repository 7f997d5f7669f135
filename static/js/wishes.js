import { Emitter } from "./events.js";
import { accepted, complete, fieldsOf } from "./schema.js";
import { read, write } from "./storage.js";

/** @import { CommandInfo, Values } from "./types.js" */
/** @import { Field } from "./schema.js" */
/** @import { TextStorage } from "./storage.js" */

const KEY = "settings_v1";

/**
 * What the user set for each command, kept in the browser. Only what differs from a default is stored, so a new
 * default reaches everyone who never touched it.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Wishes extends Emitter {
  /** @type {CommandInfo[]} */
  #commands = [];
  /** @type {{ command: string, values: Record<string, Values> }} */
  #stored;
  #storage;

  /** @param {TextStorage} storage */
  constructor(storage) {
    super();
    this.#storage = storage;
    this.#stored = { command: "", values: {}, ...read(storage, KEY, {}) };
  }

  /** @param {CommandInfo[]} commands */
  offer(commands) {
    this.#commands = commands;
    this.emit("change");
  }

  get commands() {
    return this.#commands;
  }

  /** The chosen command; the first one until another is chosen. */
  get command() {
    return this.find(this.#stored.command) ?? this.#commands[0];
  }

  /** @param {string} name */
  find(name) {
    return this.#commands.find((command) => command.name === name);
  }

  /** @param {string} name */
  choose(name) {
    this.#stored.command = name;
    this.#save();
  }

  /** Every parameter of `command` but its text. @param {CommandInfo} command @returns {Values} */
  values(command) {
    return complete(fieldsOf(command), this.#stored.values[command.name] ?? {});
  }

  /** @param {CommandInfo} command @param {Field} field @param {unknown} value */
  set(command, field, value) {
    const checked = accepted(field, value);
    if (checked === undefined) return;
    const values = { ...this.#stored.values[command.name], [field.name]: checked };
    if (checked === field.fallback) delete values[field.name];
    this.#stored.values[command.name] = values;
    this.#save();
  }

  /** @param {CommandInfo} command */
  reset(command) {
    delete this.#stored.values[command.name];
    this.#save();
  }

  /**
   * Takes over the parameters of an earlier run. An automatic seed stays automatic: the run's drawn seed would
   * otherwise give the same music for ever.
   *
   * @param {CommandInfo} command
   * @param {Values} params
   */
  restore(command, params) {
    const seed = this.values(command).seed;
    this.#stored.command = command.name;
    this.#stored.values[command.name] = {};
    for (const field of fieldsOf(command)) {
      const value = field.name === "seed" && seed === -1 ? -1 : params[field.name];
      if (value !== undefined) this.set(command, field, value);
    }
    this.#save();
  }

  #save() {
    write(this.#storage, KEY, this.#stored);
    this.emit("change");
  }
}
