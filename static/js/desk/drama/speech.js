import { Emitter } from "../../core/events.js";
import * as api from "./server.js";
import { bodyOf } from "../../server/api.js";

/** @import { ErrorBody } from "../../core/types.js" */
/** @import { App } from "../../store/app.js" */
/** @import { Utterance } from "./spoken.js" */

const LOOK_MS = 350;
const OVER = new Set(["FAILED", "CANCELED"]);

/**
 * Lets single lines and voices be heard: the server speaks them, the page plays them. One at a time; who asks for
 * another does not want the one before.
 *
 * @extends {Emitter<{ change: [], refused: [ErrorBody] }>}
 */
export class Speech extends Emitter {
  /** What is being spoken: the id of a line or a character. Empty while nothing is. */
  busy = "";
  /** @type {AbortController | null} */
  #asking = null;

  /** @param {App} app */
  constructor(app) {
    super();
    this.app = app;
  }

  stop() {
    this.#asking?.abort();
    this.#asking = null;
    this.#be("");
  }

  /**
   * @param {string} id
   * @param {string} title what the player calls it
   * @param {Utterance} utterance
   */
  async hear(id, title, utterance) {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.#be(id);
    try {
      const key = await spoken(utterance, asking.signal);
      if (this.#asking !== asking) return;
      const sound = { key: `speech:${key}`, title, url: api.speechUrl(key), duration_s: 0, artist: null, piece: "", loops: false };
      this.app.playback.play(sound, null, 0);
    } catch (error) {
      if (this.#asking === asking) this.emit("refused", error instanceof Failed ? error.body : bodyOf(error));
    } finally {
      if (this.#asking === asking) {
        this.#asking = null;
        this.#be("");
      }
    }
  }

  /** @param {string} id */
  #be(id) {
    this.busy = id;
    this.emit("change");
  }
}

/** The job that should have spoken came to nothing. */
class Failed extends Error {
  /** @param {ErrorBody} body */
  constructor(body) {
    super(body.message);
    this.body = body;
  }
}

/** @param {number} ms @param {AbortSignal} signal */
const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

/** The key of a spoken utterance, once it is there. @param {Utterance} utterance @param {AbortSignal} signal @returns {Promise<string>} */
async function spoken(utterance, signal) {
  const { key, ready, job_id } = await api.speak(utterance, signal);
  if (ready) return key;
  for (;;) {
    await pause(LOOK_MS, signal);
    const job = job_id ? await api.job(job_id, signal) : null;
    if (job && OVER.has(job.status)) throw new Failed(job.error ?? { code: "CANCELED", message: job.status });
    if (job ? job.status === "COMPLETED" : await api.isSpoken(key, signal)) return key;
  }
}
