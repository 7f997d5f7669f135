import { Emitter } from "../../core/events.js";
import { i18n } from "../../core/i18n.js";
import { bodyOf } from "../../server/api.js";
import * as server from "./server.js";

/** @import { ErrorBody } from "../../core/types.js" */
/** @import { Sound, Voice } from "./server.js" */

/**
 * Who can speak and what can sound, asked of the server once when the first desk is opened.
 *
 * @extends {Emitter<{ change: [], refused: [ErrorBody] }>}
 */
export class Catalogue extends Emitter {
  /** @type {readonly Voice[]} */
  voices = [];
  /** A sentence for who has nothing to say, by language. @type {Record<string, string>} */
  samples = {};
  /** By its id. @type {ReadonlyMap<string, Sound>} */
  sounds = new Map();
  /** The language in which it was asked. */
  #asked = "";

  /** Asks where nobody did in the page's language. */
  want() {
    if (this.#asked === i18n.language) return;
    this.#asked = i18n.language;
    void this.#ask(async () => {
      const { voices, samples } = await server.voices();
      Object.assign(this, { voices, samples: samples ?? {} });
    });
    void this.#ask(async () => (this.sounds = new Map((await server.sounds({})).sounds.map((sound) => [sound.id, sound]))));
  }

  /** @param {string} id `ENGINE:NAME` */
  voice(id) {
    return this.voices.find((voice) => voice.id === id);
  }

  /** @param {() => Promise<unknown>} ask */
  async #ask(ask) {
    try {
      await ask();
      this.emit("change");
    } catch (error) {
      this.#asked = ""; // the next desk asks again
      this.emit("refused", bodyOf(error));
    }
  }
}
