import { Emitter } from "../core/events.js";
import { MixingGraph } from "./mixing-graph.js";
import { PieceCache } from "./piece-cache.js";
import { Run } from "./run.js";
import { pieceLength, spanAt } from "./spans.js";

/** @import { Region } from "../store/region.js" */
/** @import { Range, Span } from "./spans.js" */
/** @typedef {{ name: string, samples: number, channels: number }} StemInfo one channel or two */
/** @typedef {(name: string, from: number, count: number, signal: AbortSignal) => Promise<Float32Array<ArrayBuffer>[]>} Load */
/** @typedef {{ span: Span, start_s: number }} Started a span and the context's time at which it begins */

const LEAD_S = 0.06;
const SLEEP_MS = 250;

/** @param {number} rate_hz */
function openContext(rate_hz) {
  try {
    return new AudioContext({ sampleRate: rate_hz });
  } catch {
    return new AudioContext(); // a rate that this browser cannot run at: it resamples each piece
  }
}

/**
 * Plays stems together, all on the same sample, from pieces that are fetched as they are needed: the next two at most.
 * Pieces are put on the context's clock one behind the other, so they join without a seam. Levels act at once.
 *
 * @extends {Emitter<{ change: [], ended: [], failed: [unknown] }>}
 */
export class StemPlayer extends Emitter {
  playing = false;
  /** It plays, but the first sound has not been fetched. */
  waiting = false;
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Range | null} */
  #repeat = null;
  #at = 0;
  /** @type {Started[]} */
  #started = [];
  /** @type {Run | null} */
  #run = null;
  /** Pieces by stem and place. */
  #cache = new PieceCache();
  #graph;
  #disposed = false;

  /**
   * @param {object} what
   * @param {readonly StemInfo[]} what.stems
   * @param {number} what.rate_hz
   * @param {Load} what.load
   * @param {(rate_hz: number) => AudioContext} [what.open]
   * @param {number} [what.ahead_s] how far ahead pieces are started
   */
  constructor({ stems, rate_hz, load, open = openContext, ahead_s }) {
    super();
    this.stems = stems;
    this.rate_hz = rate_hz;
    this.samples = Math.max(0, ...stems.map((stem) => stem.samples));
    this.channels = Math.max(1, ...stems.map((stem) => stem.channels));
    this.piece = pieceLength(
      rate_hz,
      stems.reduce((sum, stem) => sum + stem.channels, 0),
    );
    this.ahead_s = ahead_s ?? (2 * this.piece) / rate_hz;
    this.load = load;
    this.open = open;
    this.#graph = new MixingGraph(stems.map(({ name }) => name));
  }

  /** The sample that is heard now. */
  get at() {
    const context = this.#context;
    if (!this.playing || !context) return this.#at;
    const now = context.currentTime - (context.outputLatency || 0);
    const last = this.#started.findLast(({ start_s }) => start_s <= now);
    if (!last) return this.#at;
    return last.span.from + Math.min(last.span.count, (now - last.start_s) * this.rate_hz);
  }

  /** The moment that is heard now, seconds. */
  get at_s() {
    return this.at / this.rate_hz;
  }

  get duration_s() {
    return this.samples / this.rate_hz;
  }

  /** Bytes of sound held now. */
  get bytes() {
    return this.#cache.bytes;
  }

  async play() {
    if (this.playing || this.#disposed || !this.samples) return;
    if (!this.#context) {
      this.#context = this.open(this.rate_hz);
      this.#graph.open(this.#context, this.channels);
    }
    if (this.#at >= this.samples) this.#at = 0;
    this.playing = true;
    this.waiting = true;
    this.emit("change");
    await this.#context.resume();
    if (this.playing && !this.#run) await this.#begin();
  }

  pause() {
    if (!this.playing) return;
    this.#at = this.at;
    this.#halt();
    this.#rest();
  }

  toggle() {
    if (this.playing) this.pause();
    else void this.play();
  }

  /** @param {number} seconds */
  seekTo(seconds) {
    this.seek(seconds * this.rate_hz);
  }

  /** @param {Region | null} region played again and again; null plays on to the end */
  repeatRegion(region) {
    const sample = (/** @type {number} */ seconds) => Math.round(seconds * this.rate_hz);
    this.setRepeat(region && { from: sample(region.from_s), to: Math.min(sample(region.to_s), this.samples) });
  }

  /** @param {number} sample */
  seek(sample) {
    this.#at = Math.max(0, Math.min(this.samples, Math.round(sample)));
    if (this.playing) this.#again();
    this.emit("change");
  }

  /** Repeats these samples again and again; null plays on to the end. @param {Range | null} repeat */
  setRepeat(repeat) {
    if (repeat?.from === this.#repeat?.from && repeat?.to === this.#repeat?.to) return;
    const at = this.at;
    this.#repeat = repeat;
    if (!this.playing) return;
    this.#at = at;
    this.#again();
  }

  /** @param {string} name @param {number} gain @param {number} pan -1..1 */
  setLevel(name, gain, pan) {
    this.#graph.setLevel(name, gain, pan);
  }

  /** How loud the listener wants it; no part of the mix. @param {number} volume 0..1 */
  setVolume(volume) {
    this.#graph.setVolume(volume);
  }

  /** What sounds, by channel; before the listener's own volume. */
  get meters() {
    return this.#graph.meters;
  }

  /** Highest sample of the last moment, over all channels. */
  get peak() {
    return this.#graph.peak;
  }

  /** Ends the sound and gives everything back. It may be called twice. */
  dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#halt();
    this.playing = this.waiting = false;
    this.#cache.clear();
    this.#graph.close();
    const context = this.#context;
    this.#context = null;
    if (context && context.state !== "closed") void context.close();
  }

  #again() {
    this.#halt();
    this.waiting = true;
    void this.#begin();
  }

  /** Puts piece after piece on the clock until the end, or until this run is halted. */
  async #begin() {
    const context = this.#context;
    if (!context) return;
    const run = new Run(context, this.#graph.inputs);
    this.#run = run;
    try {
      const end_s = await this.#feed(context, run);
      await run.until(end_s);
    } catch (error) {
      if (this.#run !== run) return; // it was halted, and its requests with it
      this.#at = this.at;
      this.#halt();
      this.#rest();
      this.emit("failed", error);
      return;
    }
    if (this.#run !== run) return;
    this.#halt();
    this.#at = 0;
    this.#rest();
    this.emit("ended");
  }

  /** @param {AudioContext} context @param {Run} run @returns {Promise<number>} the context's time at which it ends */
  async #feed(context, run) {
    /** @type {number | null} */
    let at = this.#at;
    let frame = -1;
    while (at !== null) {
      const span = spanAt(at, { samples: this.samples, piece: this.piece, repeat: this.#repeat });
      if (!span) break;
      const buffers = await Promise.all(
        this.stems.map(async (stem) => ({ name: stem.name, buffer: await this.#fetched(stem, span, run) })),
      );
      if (this.#run !== run) return 0;
      const now = Math.ceil(context.currentTime * context.sampleRate);
      if (frame < 0) {
        frame = now + Math.ceil(LEAD_S * context.sampleRate);
        if (span.from > 0) run.fadeIn(frame / context.sampleRate);
        this.waiting = false;
        this.emit("change");
      } else if (frame < now + 128) {
        frame = now + Math.ceil(LEAD_S * context.sampleRate); // it came too late: all stems wait together
      }
      const start_s = frame / context.sampleRate;
      run.start(buffers, start_s);
      this.#note({ span, start_s }, context.currentTime);
      frame += (span.count * context.sampleRate) / this.rate_hz;
      at = span.next;
      await run.until(frame / context.sampleRate - this.ahead_s);
      if (this.#run !== run) return 0;
    }
    return frame / context.sampleRate;
  }

  /** Keeps what the playhead needs to know. @param {Started} piece @param {number} now the context's time */
  #note(piece, now) {
    const past = this.#started.findLastIndex(({ start_s }) => start_s <= now);
    this.#started = [...this.#started.slice(Math.max(0, past - 1)), piece];
  }

  /** The piece of one stem; null where the stem has ended. @param {StemInfo} stem @param {Span} span @param {Run} run */
  async #fetched(stem, span, run) {
    const count = Math.min(span.count, stem.samples - span.from);
    const key = `${stem.name}:${span.from}:${count}`;
    const kept = this.#cache.get(key);
    if (kept) return kept;
    if (count <= 0) return null;
    const channels = await this.load(stem.name, span.from, count, run.signal);
    const length = channels[0]?.length ?? 0;
    if (!length || this.#disposed) return null;
    const buffer = new AudioBuffer({ length, numberOfChannels: channels.length, sampleRate: this.rate_hz });
    channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
    if (this.#run === run) this.#cache.keep(key, buffer);
    return buffer;
  }

  /** Lets what sounds fade and forgets what was to come. */
  #halt() {
    this.#run?.halt();
    this.#run = null;
    this.#started = [];
  }

  /** Silence: the context sleeps once the fade is over. */
  #rest() {
    this.playing = this.waiting = false;
    this.emit("change");
    setTimeout(() => {
      if (!this.playing && this.#context?.state === "running") void this.#context.suspend();
    }, SLEEP_MS);
  }
}
