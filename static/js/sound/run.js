/** @typedef {{ buffer: AudioBuffer | null, name: string }} Piece of one stem */

const FADE_S = 0.006;
/** A source that begins this part of a sample late begins exactly on it; rounding could make it begin before. */
const NUDGE = 1e-5;

/** One stretch of playing, from a start to a halt: its sources, each stem's behind a fader, and its requests. */
export class Run {
  /** @type {Map<string, GainNode>} */
  #faders = new Map();
  /** @type {Set<AudioBufferSourceNode>} */
  #sources = new Set();
  #abort = new AbortController();
  #context;

  /** @param {AudioContext} context @param {readonly (readonly [string, AudioNode])[]} inputs where each stem goes */
  constructor(context, inputs) {
    this.#context = context;
    for (const [name, input] of inputs) {
      const fader = new GainNode(context);
      fader.connect(input);
      this.#faders.set(name, fader);
    }
  }

  /** For what is requested on its behalf. */
  get signal() {
    return this.#abort.signal;
  }

  /** A start in the middle of a sound rises within some milliseconds: no click. @param {number} at_s */
  fadeIn(at_s) {
    for (const fader of this.#faders.values()) {
      fader.gain.setValueAtTime(0, at_s);
      fader.gain.linearRampToValueAtTime(1, at_s + FADE_S);
    }
  }

  /** @param {readonly Piece[]} pieces @param {number} start_s the context's time at which all begin */
  start(pieces, start_s) {
    for (const { buffer, name } of pieces) {
      const fader = this.#faders.get(name);
      if (!buffer || !fader) continue;
      const source = new AudioBufferSourceNode(this.#context, { buffer });
      source.connect(fader);
      this.#sources.add(source);
      source.onended = () => {
        source.disconnect();
        this.#sources.delete(source);
        if (this.signal.aborted && !this.#sources.size) this.#disconnect();
      };
      source.start(start_s + NUDGE / this.#context.sampleRate);
    }
  }

  /** Waits until the context's clock has come to `time_s` or the run is halted. @param {number} time_s */
  async until(time_s) {
    const { signal } = this;
    while (!signal.aborted && this.#context.currentTime < time_s) {
      const wait_ms = Math.min(1000, Math.max(20, 1000 * (time_s - this.#context.currentTime)));
      await new Promise((resolve) => {
        const timer = setTimeout(done, wait_ms);
        signal.addEventListener("abort", done, { once: true });
        function done() {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve(undefined);
        }
      });
    }
  }

  /** Lets what sounds fade and calls off what was to come. */
  halt() {
    this.#abort.abort();
    const now = this.#context.currentTime;
    for (const fader of this.#faders.values()) {
      fader.gain.cancelScheduledValues(now);
      fader.gain.setTargetAtTime(0, now, FADE_S / 2);
    }
    if (!this.#sources.size) this.#disconnect();
    for (const source of this.#sources) source.stop(now + 4 * FADE_S);
  }

  #disconnect() {
    for (const fader of this.#faders.values()) fader.disconnect();
  }
}
