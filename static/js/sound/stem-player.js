import { Emitter } from "../core/events.js";
import { pieceLength, spanAt } from "./spans.js";

/** @import { Range, Span } from "./spans.js" */
/** @typedef {{ name: string, samples: number, channels: number }} StemInfo one channel or two */
/** @typedef {(name: string, from: number, count: number, signal: AbortSignal) => Promise<Float32Array<ArrayBuffer>[]>} Load */
/** @typedef {{ gain: GainNode, panner: StereoPannerNode }} Strip */
/** @typedef {{ span: Span, start_s: number }} Started a span and the context's time at which it begins */
/** @typedef {{ faders: Map<string, GainNode>, sources: Set<AudioBufferSourceNode>, abort: AbortController }} Run */

const LEAD_S = 0.06;
const FADE_S = 0.006;
const SMOOTH_S = 0.008;
const METER_SAMPLES = 2048;
const SLEEP_MS = 250;
const CACHE_BYTES = 2 ** 26;
/** A source that begins this part of a sample late begins exactly on it; rounding could make it begin before. */
const NUDGE = 1e-5;

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
  /** Peak of what sounds, by channel; before the listener's own volume. @type {AnalyserNode[]} */
  meters = [];
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Map<string, Strip>} */
  #strips = new Map();
  /** @type {GainNode | null} */
  #output = null;
  /** @type {Map<string, { gain: number, pan: number }>} */
  #levels = new Map();
  #volume = 1;
  /** @type {Range | null} */
  #repeat = null;
  #at = 0;
  /** @type {Started[]} */
  #started = [];
  /** @type {Run | null} */
  #run = null;
  /** Pieces by stem and place, those used last at the end. @type {Map<string, AudioBuffer | null>} */
  #cache = new Map();
  #cachedBytes = 0;
  #disposed = false;
  #moment = new Float32Array(METER_SAMPLES);

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
    for (const { name } of stems) this.#levels.set(name, { gain: 1, pan: 0 });
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

  /** Bytes of sound held now. */
  get bytes() {
    return this.#cachedBytes;
  }

  async play() {
    if (this.playing || this.#disposed || !this.samples) return;
    this.#context ??= this.#wire(this.open(this.rate_hz));
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
    this.#levels.set(name, { gain, pan });
    const strip = this.#strips.get(name);
    if (!strip) return;
    this.#glide(strip.gain.gain, gain);
    this.#glide(strip.panner.pan, pan);
  }

  /** How loud the listener wants it; no part of the mix. @param {number} volume 0..1 */
  setVolume(volume) {
    this.#volume = volume;
    if (this.#output) this.#glide(this.#output.gain, volume);
  }

  /** Highest sample of the last moment, over all channels. */
  get peak() {
    let peak = 0;
    for (const meter of this.meters) {
      meter.getFloatTimeDomainData(this.#moment);
      for (const value of this.#moment) peak = Math.max(peak, Math.abs(value));
    }
    return peak;
  }

  /** Ends the sound and gives everything back. It may be called twice. */
  dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#halt();
    this.playing = this.waiting = false;
    this.#cache.clear();
    this.#cachedBytes = 0;
    for (const { gain, panner } of this.#strips.values()) {
      gain.disconnect();
      panner.disconnect();
    }
    this.#strips.clear();
    this.#output?.disconnect();
    this.meters = [];
    const context = this.#context;
    this.#context = null;
    if (context && context.state !== "closed") void context.close();
  }

  /** @param {AudioContext} context */
  #wire(context) {
    const sum = new GainNode(context, { channelCount: this.channels });
    const output = new GainNode(context, { gain: this.#volume });
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    sum.connect(output).connect(context.destination);
    sum.connect(splitter);
    this.meters = Array.from({ length: 2 }, (_, channel) => {
      const meter = new AnalyserNode(context, { fftSize: METER_SAMPLES });
      splitter.connect(meter, channel);
      return meter;
    });
    for (const { name } of this.stems) {
      const { gain, pan } = this.#levels.get(name) ?? { gain: 1, pan: 0 };
      const strip = {
        gain: new GainNode(context, { gain }),
        // two channels in any case: a mono stem is put on both before it is panned
        panner: new StereoPannerNode(context, { pan, channelCount: 2, channelCountMode: "explicit" }),
      };
      strip.gain.connect(strip.panner).connect(sum);
      this.#strips.set(name, strip);
    }
    this.#output = output;
    return context;
  }

  /** Moves a parameter within some milliseconds: no click. @param {AudioParam} parameter @param {number} value */
  #glide(parameter, value) {
    const now = this.#context?.currentTime ?? 0;
    parameter.cancelScheduledValues(now);
    parameter.setTargetAtTime(value, now, SMOOTH_S);
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
    /** @type {Run} */
    const run = { faders: new Map(), sources: new Set(), abort: new AbortController() };
    this.#run = run;
    for (const [name, strip] of this.#strips) {
      const fader = new GainNode(context);
      fader.connect(strip.gain);
      run.faders.set(name, fader);
    }
    try {
      const end_s = await this.#feed(context, run);
      await this.#until(context, end_s, run);
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
      const buffers = await Promise.all(this.stems.map((stem) => this.#fetched(stem, span, run)));
      if (this.#run !== run) return 0;
      const now = Math.ceil(context.currentTime * context.sampleRate);
      if (frame < 0) {
        frame = now + Math.ceil(LEAD_S * context.sampleRate);
        if (span.from > 0) this.#fadeIn(run, frame / context.sampleRate);
        this.waiting = false;
        this.emit("change");
      } else if (frame < now + 128) {
        frame = now + Math.ceil(LEAD_S * context.sampleRate); // it came too late: all stems wait together
      }
      this.#start(context, run, { span, start_s: frame / context.sampleRate }, buffers);
      frame += (span.count * context.sampleRate) / this.rate_hz;
      at = span.next;
      await this.#until(context, frame / context.sampleRate - this.ahead_s, run);
      if (this.#run !== run) return 0;
    }
    return frame / context.sampleRate;
  }

  /** A start in the middle of a sound rises within some milliseconds: no click. @param {Run} run @param {number} at_s */
  #fadeIn(run, at_s) {
    for (const fader of run.faders.values()) {
      fader.gain.setValueAtTime(0, at_s);
      fader.gain.linearRampToValueAtTime(1, at_s + FADE_S);
    }
  }

  /** @param {AudioContext} context @param {Run} run @param {Started} piece @param {(AudioBuffer | null)[]} buffers */
  #start(context, run, piece, buffers) {
    this.stems.forEach(({ name }, place) => {
      const buffer = buffers[place];
      const fader = run.faders.get(name);
      if (!buffer || !fader) return;
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(fader);
      run.sources.add(source);
      source.onended = () => {
        source.disconnect();
        run.sources.delete(source);
        if (this.#run !== run && !run.sources.size) for (const left of run.faders.values()) left.disconnect();
      };
      source.start(piece.start_s + NUDGE / context.sampleRate);
    });
    const now = context.currentTime;
    const past = this.#started.findLastIndex(({ start_s }) => start_s <= now);
    this.#started = [...this.#started.slice(Math.max(0, past - 1)), piece];
  }

  /** The piece of one stem; null where the stem has ended. @param {StemInfo} stem @param {Span} span @param {Run} run */
  async #fetched(stem, span, run) {
    const count = Math.min(span.count, stem.samples - span.from);
    const key = `${stem.name}:${span.from}:${count}`;
    const kept = this.#cache.get(key);
    if (kept) {
      this.#cache.delete(key);
      this.#cache.set(key, kept);
      return kept;
    }
    if (count <= 0) return null;
    const channels = await this.load(stem.name, span.from, count, run.abort.signal);
    const length = channels[0]?.length ?? 0;
    if (!length || this.#disposed) return null;
    const buffer = new AudioBuffer({ length, numberOfChannels: channels.length, sampleRate: this.rate_hz });
    channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
    if (this.#run === run) this.#keep(key, buffer);
    return buffer;
  }

  /** @param {string} key @param {AudioBuffer} buffer */
  #keep(key, buffer) {
    const size = (/** @type {AudioBuffer | null | undefined} */ one) => (one ? 4 * one.length * one.numberOfChannels : 0);
    this.#cachedBytes += size(buffer) - size(this.#cache.get(key));
    this.#cache.set(key, buffer);
    for (const [oldest, old] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES) break;
      this.#cache.delete(oldest);
      this.#cachedBytes -= size(old);
    }
  }

  /** Waits until the context's clock has come to `time_s` or the run is over. @param {AudioContext} context @param {number} time_s @param {Run} run */
  async #until(context, time_s, run) {
    const { signal } = run.abort;
    while (!signal.aborted && context.currentTime < time_s) {
      const wait_ms = Math.min(1000, Math.max(20, 1000 * (time_s - context.currentTime)));
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

  /** Lets what sounds fade and forgets what was to come. */
  #halt() {
    const [run, context] = [this.#run, this.#context];
    this.#run = null;
    this.#started = [];
    if (!run || !context) return;
    run.abort.abort();
    const now = context.currentTime;
    for (const fader of run.faders.values()) {
      fader.gain.cancelScheduledValues(now);
      fader.gain.setTargetAtTime(0, now, FADE_S / 2);
      if (!run.sources.size) fader.disconnect();
    }
    for (const source of run.sources) source.stop(now + 4 * FADE_S);
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
