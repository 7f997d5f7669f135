import { Stored } from "../core/stored.js";
import { accepted, complete, fieldsOf, isInput, shown } from "../server/schema.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @import { CommandInfo, Values } from "../core/types.js" */
/** @import { Field } from "../server/schema.js" */

export const KEY = "settings_v1";
const EMPTY = () => ({ command: "", values: {}, pinned: {}, open: {} });

/**
 * What the user set for each command, kept in the browser. Only what differs from a default is stored, so a new
 * default reaches everyone who never touched it.
 */
export class Settings extends Stored {
  /** @type {CommandInfo[]} */
  #commands = [];
  /** @type {{ command: string, values: Record<string, Values>, pinned: Record<string, string[]>, open: Record<string, boolean> }} */
  #stored;

  /** @param {TextStorage} storage */
  constructor(storage) {
    super(storage, KEY);
    this.#stored = { ...EMPTY(), ...this.stored({}) };
  }

  /** Another tab changed something. */
  reload() {
    this.#stored = { ...EMPTY(), ...this.stored({}) };
    this.emit("change");
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

  /**
   * Every parameter of `command` that has a meaning now, but its text.
   *
   * @param {CommandInfo} command
   * @returns {Values}
   */
  values(command) {
    const fields = fieldsOf(command);
    const all = complete(fields, this.#stored.values[command.name] ?? {});
    return Object.fromEntries(shown(fields, all).map(({ name }) => [name, all[name]]));
  }

  /**
   * Those of `values` that the user has moved away from their defaults: they go before what the words say. The others
   * are left to the server, which fills in what the words say, or else the default.
   *
   * @param {CommandInfo} command
   * @returns {Values}
   */
  moved(command) {
    const required = new Set(command.schema.required);
    const values = this.values(command);
    const moved = fieldsOf(command).filter(({ name, fallback }) => name in values && (values[name] !== fallback || required.has(name)));
    return Object.fromEntries(moved.map(({ name }) => [name, values[name]]));
  }

  /** @param {CommandInfo} command @param {Field} field @param {unknown} value */
  set(command, field, value) {
    const checked = accepted(field, value);
    if (checked === undefined) return;
    this.#put(command, field, checked);
    for (const louder of fieldsOf(command)) {
      // who sets the one without effect wants it to have one
      if (louder.silences === field.name) this.#put(command, louder, 0);
    }
    this.#save();
  }

  /** @param {CommandInfo} command @param {Field} field @param {unknown} value */
  #put(command, field, value) {
    const values = { ...this.#stored.values[command.name], [field.name]: value };
    if (value === field.fallback) delete values[field.name];
    this.#stored.values[command.name] = values;
  }

  /** Whether the folded parameters of the command are shown. @param {CommandInfo} command */
  isOpen(command) {
    return this.#stored.open[command.name] ?? false;
  }

  /** @param {CommandInfo} command @param {boolean} open */
  open(command, open) {
    if (this.isOpen(command) === open) return;
    this.#stored.open[command.name] = open;
    this.#save();
  }

  /** Whether the field keeps its sound after use. @param {CommandInfo} command @param {Field} field */
  pinned(command, field) {
    return this.#stored.pinned[command.name]?.includes(field.name) ?? false;
  }

  /** @param {CommandInfo} command @param {Field} field @param {boolean} stays */
  pin(command, field, stays) {
    const others = (this.#stored.pinned[command.name] ?? []).filter((name) => name !== field.name);
    this.#stored.pinned[command.name] = stays ? [...others, field.name] : others;
    this.#save();
  }

  /** The sounds among `params` were used: those that are not pinned leave. @param {CommandInfo} command @param {Values} params */
  spend(command, params) {
    const set = this.#stored.values[command.name] ?? {};
    for (const field of fieldsOf(command)) {
      const same = set[field.name] !== undefined && set[field.name] === params[field.name];
      if (isInput(field) && same && !this.pinned(command, field)) this.#put(command, field, field.fallback);
    }
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
    this.apply(command, seed === -1 ? { ...params, seed } : params);
  }

  /**
   * Sets these parameters and chooses the command; those that are not named get their defaults.
   *
   * @param {CommandInfo} command
   * @param {Values} params
   */
  apply(command, params) {
    this.#stored.command = command.name;
    this.#stored.values[command.name] = {};
    for (const field of fieldsOf(command)) {
      const value = field.name in params ? accepted(field, params[field.name]) : undefined;
      if (value !== undefined) this.#put(command, field, value);
    }
    this.#save();
  }

  #save() {
    this.store(this.#stored);
    this.emit("change");
  }
}
