import { asset } from "./address.js";
import { Emitter } from "./events.js";

/** @import { ErrorBody } from "./types.js" */
/** @typedef {Record<string, string>} Catalogue */
/** @typedef {Record<string, unknown>} Fill */

export const LANGUAGES = /** @type {const} */ ({ en: "English", ru: "Русский", zh: "中文" });

/**
 * `sentence` with its `{names}` filled in; a name without a value stays as written.
 *
 * @param {string} sentence
 * @param {Fill} values
 */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The page's language: sentences, numbers, times. @extends {Emitter<{ change: [] }>} */
export class I18n extends Emitter {
  language = "en";
  /** @type {Map<string, Catalogue>} */
  #catalogues = new Map();
  #load;

  /** @param {(language: string) => Promise<Catalogue>} load */
  constructor(load) {
    super();
    this.#load = load;
  }

  /**
   * Switches to `language`; unknown ones are English. Raises what `load` raises and then stays as it was.
   *
   * @param {string} language
   */
  async use(language) {
    const wanted = language in LANGUAGES ? language : "en";
    const missing = [...new Set(["en", wanted])].filter((name) => !this.#catalogues.has(name));
    await Promise.all(missing.map(async (name) => this.#catalogues.set(name, await this.#load(name))));
    this.language = wanted;
    this.emit("change");
  }

  /** @param {string} key @returns {string | undefined} the sentence of this language, without its English stand-in */
  own(key) {
    return this.#catalogues.get(this.language)?.[key];
  }

  /** Every key that begins so. @param {string} beginning */
  keys(beginning) {
    return Object.keys(this.#catalogues.get("en") ?? {}).filter((key) => key.startsWith(beginning));
  }

  /** @param {string} key */
  has(key) {
    return (this.own(key) ?? this.#catalogues.get("en")?.[key]) !== undefined;
  }

  /**
   * The sentence for `key`; English where this language lacks it, else the key.
   *
   * @param {string} key
   * @param {Fill} [values]
   */
  t(key, values = {}) {
    return fill(this.own(key) ?? this.#catalogues.get("en")?.[key] ?? key, values);
  }

  /** What went wrong, in this language where the catalogue has it. @param {ErrorBody | null | undefined} error */
  error(error) {
    const key = error?.detail?.key;
    if (key && this.has(key)) return this.#named(key, this.#spoken(error?.detail?.values ?? {}));
    return error?.message || this.t("ui.error.unknown");
  }

  /** The sentence, after the name of the file that it is about where it does not say it. @param {string} key @param {Fill} values */
  #named(key, values) {
    const said = this.t(key, values);
    const says = values.name === undefined || this.#catalogues.get("en")?.[key]?.includes("{name}");
    return says ? said : this.t("error.named", { name: values.name, said });
  }

  /** Values that are themselves lists of sentences, in this language. @param {Fill} values @returns {Fill} */
  #spoken(values) {
    const said = (/** @type {unknown} */ value) => {
      if (!Array.isArray(value)) return value;
      return value.map((part) => (part?.key ? this.t(part.key, this.#spoken(part.values ?? {})) : String(part))).join("; ");
    };
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, said(value)]));
  }

  /**
   * `WRITING` -> "Writing the score", `DIALOGUE 12/200` -> "Speaking 12/200"; a name nobody translated reads as plain
   * words.
   *
   * @param {string} stage
   */
  stage(stage) {
    const [name, ...count] = stage.split(" ");
    const key = `stage.${name.toUpperCase()}`;
    const said = this.has(key)
      ? this.t(key)
      : name.charAt(0).toUpperCase() + name.slice(1).toLowerCase().replaceAll("_", " ");
    return [said, ...count].join(" ");
  }

  /** @param {number} value @param {Intl.NumberFormatOptions} [options] */
  number(value, options = { maximumFractionDigits: 4, useGrouping: false }) {
    return new Intl.NumberFormat(this.language, options).format(value);
  }

  /** Things of one kind beside each other. @param {readonly string[]} parts */
  list(parts) {
    return parts.join(this.t("report.comma"));
  }

  /** @param {number} share 0..1 */
  percent(share) {
    return this.number(share, { style: "percent" });
  }

  /** @param {number} unix_s of today */
  time(unix_s) {
    return new Intl.DateTimeFormat(this.language, { timeStyle: "short" }).format(unix_s * 1000);
  }

  /** @param {number} unix_s */
  date(unix_s) {
    return new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short" }).format(unix_s * 1000);
  }
}

/** 83.4 -> "1:23". @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export const i18n = new I18n(async (language) => {
  const answer = await fetch(asset(`i18n/${language}.json`));
  if (!answer.ok) throw new Error(`${language}.json: ${answer.status}`);
  return answer.json();
});

/** @param {string} key @param {Fill} [values] */
export const t = (key, values) => i18n.t(key, values);
