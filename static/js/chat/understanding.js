import { Emitter } from "../core/events.js";

/** @import { Meaning } from "../core/types.js" */
/** @typedef {{ text: string, command: string, track_id: string | null, uploads: string[] }} Question */

const PAUSE_MS = 250;
/** Who has pressed Enter is not kept waiting longer; the text then goes as it is. */
const PATIENCE_MS = 1500;

/**
 * What the text in the prompt box means, as the server reads it: asked for when the user pauses, and before a text is
 * sent. A server that is slow or out of reach gives no meaning, and nothing waits for it.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Understanding extends Emitter {
  #ask;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The question that the timer is set for, or was. */
  #coming = "";
  /** The question that `#answer` is for, or will be. */
  #asked = "";
  /** @type {Promise<Meaning | null>} */
  #answer = Promise.resolve(null);
  /** @type {{ asked: string, meaning: Meaning | null }} */
  #known = { asked: "", meaning: null };

  /** @param {(question: Question) => Promise<Meaning>} ask */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  /** Asks once the user pauses; the same question again does not put it off. @param {Question} question */
  typed(question) {
    const coming = JSON.stringify(question);
    if (coming === this.#coming) return;
    clearTimeout(this.#timer);
    this.#coming = coming;
    if (question.text.trim()) this.#timer = setTimeout(() => void this.#look(question), PAUSE_MS);
  }

  /** What is known of this question by now. @param {Question} question @returns {Meaning | null} */
  of(question) {
    return this.#known.asked === JSON.stringify(question) ? this.#known.meaning : null;
  }

  /** What it means, or null where the server does not say so in time. @param {Question} question @returns {Promise<Meaning | null>} */
  async settled(question) {
    clearTimeout(this.#timer);
    if (!question.text.trim()) return null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let patience;
    const late = new Promise((/** @type {(none: null) => void} */ resolve) => {
      patience = setTimeout(() => resolve(null), PATIENCE_MS);
    });
    const meaning = await Promise.race([this.#look(question), late]);
    clearTimeout(patience);
    return meaning;
  }

  /** @param {Question} question @returns {Promise<Meaning | null>} */
  #look(question) {
    const asked = JSON.stringify(question);
    if (asked === this.#asked) return this.#answer;
    this.#asked = asked;
    this.#answer = this.#ask(question).catch(() => {
      if (this.#asked === asked) this.#asked = ""; // it may be asked again
      return null;
    });
    void this.#answer.then((meaning) => {
      if (this.#asked !== asked || !meaning) return; // another text stands there by now
      this.#known = { asked, meaning };
      this.emit("change");
    });
    return this.#answer;
  }
}
